// Beside the button that opens the card program: does it run here, and how far has it got?
//
// The page works without this. The element [data-eid] names what is asked: data-status-url answers on the holder's
// own machine if the program runs; data-progress-url answers {progress, open}; data-life is how long the check
// lives, in milliseconds. Words and notes stand in the page, in its language; one note ([data-note]) is shown at a
// time.
//
// Nothing here leads anywhere by itself: who began must not be led on by a reading that somebody else made.

const LOOK_TIMEOUT = 1500; // for the program to answer
const LOOK_AGAIN = 3000;
const POLL = 1000;
const POLL_LONGEST = 16_000; // after errors
const STUCK = 6000; // so long the program may take to come
const LEFT = 5000; // so long the browser may take to go where the program sends it

// Some tablets say that they are computers.
const isTablet = navigator.maxTouchPoints > 1 && /^Mac/.test(navigator.platform);

// Chromium asks people before a page from outside may speak to their own machine (Local Network Access). It is never
// asked for our sake: where it would be, or was refused, nobody looks.
async function mayLook() {
  if (/^(localhost|127\.|\[::1\])/.test(location.hostname)) return true;
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      const { state } = await navigator.permissions.query({ name });
      return state === "granted";
    } catch {
      // This browser does not know the name.
    }
  }
  return true;
}

function start(root) {
  const { statusUrl, progressUrl } = root.dataset;
  const isMobile = isTablet || root.dataset.mobile !== undefined;
  const end = Date.now() + Number(root.dataset.life);
  const open = root.querySelector("[data-open]");
  const links = [...root.querySelectorAll("[data-mobile-href]")];
  const notes = [...root.querySelectorAll("[data-note]")];
  const list = root.querySelector("[data-steps]");
  const steps = [...list.querySelectorAll("[data-step]")];
  const said = root.querySelector("[data-say]");
  const again = [...root.querySelectorAll("[data-again]")];
  const on = root.querySelector("[data-on]");

  let begun = root.dataset.begun !== undefined;
  let since = Date.now(); // the button was pressed
  let over = false;
  let errors = 0;
  let ended = 0; // how often we heard that it has ended
  let timer;
  let request; // AbortController of what is asked just now

  const isSeen = () => document.visibilityState === "visible";

  function show(name) {
    for (const note of notes) note.hidden = note.dataset.note !== name;
  }

  const shows = (name) => notes.some((note) => note.dataset.note === name && !note.hidden);

  // Only what is new: a screen reader says each change once.
  function say(words) {
    if (said.textContent !== words) said.textContent = words;
  }

  function mark(progress) {
    const at = steps.findIndex((step) => step.dataset.step === progress);
    list.hidden = at < 0;
    steps.forEach((step, n) => {
      const done = n < at;
      step.classList.toggle("is-done", done);
      if (n === at) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
      for (const part of step.querySelectorAll("[data-done]")) part.hidden = !done;
      for (const part of step.querySelectorAll("[data-undone]")) part.hidden = done;
    });
    say(steps[at]?.querySelector("[data-words]").textContent ?? "");
  }

  async function ask(url, timeout, options) {
    request = new AbortController();
    const { signal } = request;
    const late = setTimeout(() => request.abort(), timeout);
    try {
      const answer = await fetch(url, { cache: "no-store", redirect: "error", signal, ...options });
      return { status: answer.status, body: answer.ok ? await answer.json() : {} };
    } finally {
      clearTimeout(late);
    }
  }

  function next(pause) {
    clearTimeout(timer);
    timer = setTimeout(turn, pause);
  }

  function rest() {
    clearTimeout(timer);
    request?.abort();
  }

  // The check is gone: too old, or no longer this browser's.
  function finish() {
    over = true;
    rest();
    mark();
    open.hidden = true;
    show("over");
  }

  function turn() {
    if (over || !isSeen()) return;
    if (Date.now() >= end) finish();
    else if (begun) poll();
    else if (!isMobile) look();
  }

  async function look() {
    const asked = begun;
    if (!(await mayLook())) return;
    const options = { mode: "cors", credentials: "omit", referrerPolicy: "no-referrer" };
    const runs = await ask(statusUrl, LOOK_TIMEOUT, options).then(({ status }) => status === 200, () => false);
    if (begun !== asked || over || !isSeen()) return;
    // What the server had to say stays until the button is pressed.
    if (!shows("again") && !shows("ended")) show(runs ? "running" : "missing");
    if (!runs) next(LOOK_AGAIN);
  }

  async function poll() {
    const pressed = since;
    let heard;
    try {
      const { status, body } = await ask(progressUrl, 10_000, { headers: { accept: "application/json" } });
      if ([403, 404, 410].includes(status)) return finish();
      heard = body.progress && body;
    } catch {
      // No connection; the same as an answer that is none.
    }
    if (over || !isSeen() || pressed !== since) return;
    if (!heard) {
      errors += 1;
      if (errors > 2) show("lost");
      return next(Math.min(POLL * 2 ** errors, POLL_LONGEST));
    }
    errors = 0;
    if (heard.progress === "ended") return conclude(heard);
    ended = 0;
    mark(heard.progress);
    const isStuck = heard.progress === "waiting" && Date.now() - since > STUCK;
    show(isStuck ? "stuck" : undefined);
    next(POLL);
  }

  // It has ended, well or not: that is told where the program leads the browser. If it leads nowhere, read again.
  function conclude({ open: isOpen }) {
    ended += 1;
    mark();
    for (const part of again) part.hidden = !isOpen || ended < 2;
    on.hidden = isOpen;
    show("ended");
    if (isOpen && ended < 2) next(LEFT);
  }

  function press() {
    begun = true;
    since = Date.now();
    errors = ended = 0;
    rest();
    show();
    mark("waiting");
    next(POLL);
  }

  for (const link of links) {
    if (isTablet) link.href = link.dataset.mobileHref;
    link.addEventListener("click", press);
    // With the middle button it opens in a window of its own.
    link.addEventListener("auxclick", press);
  }
  document.addEventListener("visibilitychange", () => (isSeen() ? next(0) : rest()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => event.persisted && next(0));
  setTimeout(turn, Math.max(0, end - Date.now()));
  turn();
}

for (const root of document.querySelectorAll("[data-eid][data-life]")) start(root);

// A trial as it happens: when there are more steps than the page shows, the page is shown anew.
//
// The page works without this: a link does the same.

const POLL = 1500;
const LONGEST = 12_000; // after errors

const root = document.querySelector("[data-trial]");
const { progressUrl, steps } = root.dataset;
let pause = POLL;
let timer;

async function look() {
  try {
    const answer = await fetch(progressUrl, { cache: "no-store", redirect: "error", headers: { accept: "application/json" } });
    // Logged out, or no longer theirs: the page itself says so.
    if ([403, 404].includes(answer.status)) return location.reload();
    const heard = await answer.json();
    if (heard.steps !== Number(steps)) return location.reload();
    pause = POLL;
  } catch {
    pause = Math.min(pause * 2, LONGEST);
  }
  next();
}

function next() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") timer = setTimeout(look, pause);
}

// The owner comes back from the other window: at once.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
next();

// Creates a passkey, or signs in with one.
//
// A form with data-passkey="register" or "authenticate" names two addresses. data-options-url answers a POST
// with {ceremony, publicKey}; data-finish-url takes {ceremony, credential} and what stands in the form's named
// fields (device_name, staff_name), and answers with {location} or {error}. All words come from the page
// (data-say-*), in its language.

const token = document.querySelector('meta[name="csrf"]').content;

// A message meant for people, already in their language.
class Spoken extends Error {}

async function post(url, body, signal) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", "x-csrf-token": token },
    body: JSON.stringify(body),
    credentials: "same-origin",
    signal,
  });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw json.error ? new Spoken(json.error) : new Error("status " + answer.status);
  return json;
}

// Older browsers know neither parse…FromJSON nor toJSON (WebAuthn Level 3, 5.1.8 to 5.1.10).

function bytes(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function text(buffer) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const decoded = (list) => (list ?? []).map((known) => ({ ...known, id: bytes(known.id) }));

function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  }
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: decoded(json.excludeCredentials),
  };
}

function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  }
  return { ...json, challenge: bytes(json.challenge), allowCredentials: decoded(json.allowCredentials) };
}

function credentialJson(credential) {
  try {
    return credential.toJSON();
  } catch {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    };
  }
}

function start(form) {
  const registers = form.dataset.passkey === "register";
  const { optionsUrl, finishUrl } = form.dataset;
  const button = form.querySelector("button[type=submit]");
  const status = form.querySelector("[data-passkey-status]");
  const alarm = form.querySelector("[data-passkey-error]");
  const message = form.querySelector("[data-passkey-message]");
  const field = form.querySelector("[data-passkey-field]");
  let busy = false;
  let waiting; // AbortController of the request that waits in the browser's autofill

  function work(on, words = "") {
    busy = on;
    // aria-disabled and not disabled: the focus stays where it is.
    button.setAttribute("aria-disabled", String(on));
    form.setAttribute("aria-busy", String(on));
    status.textContent = words;
  }

  function fail(error) {
    if (error.name === "AbortError") return;
    const say = {
      NotAllowedError: "sayCancelled",
      InvalidStateError: "sayExists",
      NotSupportedError: "sayUnsupported",
      ConstraintError: "sayUnsupported",
      TypeError: "sayNetwork",
    }[error.name];
    message.textContent = error instanceof Spoken ? error.message : form.dataset[say ?? "sayFailed"];
    alarm.hidden = false;
  }

  // Hands the credential in and goes where the answer says; the button stays shut until then.
  async function finish(ceremony, credential) {
    work(true, form.dataset.sayChecking);
    const fields = Object.fromEntries(new FormData(form));
    const body = { ...fields, ceremony, credential: credentialJson(credential) };
    const answer = await post(finishUrl, body);
    location.assign(answer.location);
  }

  async function ask() {
    if (busy) return;
    alarm.hidden = true;
    work(true, form.dataset.sayDevice);
    waiting?.abort();
    waiting = undefined;
    try {
      if (!window.PublicKeyCredential) throw new DOMException("", "NotSupportedError");
      const { ceremony, publicKey } = await post(optionsUrl, {});
      const credential = registers
        ? await navigator.credentials.create({ publicKey: creationOptions(publicKey) })
        : await navigator.credentials.get({ publicKey: requestOptions(publicKey) });
      await finish(ceremony, credential);
    } catch (error) {
      work(false);
      fail(error);
      if (error.name === "NotAllowedError" && field?.hidden === false) offer();
    }
  }

  // Offers the keys in the browser's autofill, where it can; silent until somebody picks one.
  async function offer() {
    if (busy || waiting) return;
    const controller = new AbortController();
    const { signal } = controller;
    waiting = controller;
    let picked = false;
    try {
      const { ceremony, publicKey } = await post(optionsUrl, {}, signal);
      const options = { publicKey: requestOptions(publicKey), mediation: "conditional", signal };
      const credential = await navigator.credentials.get(options);
      if (busy || signal.aborted) return;
      picked = true;
      alarm.hidden = true;
      await finish(ceremony, credential);
    } catch (error) {
      if (!picked) return;
      work(false);
      fail(error);
    }
  }

  // The field stands from the start, so that nothing moves under a finger. The offer itself waits a moment:
  // whoever presses the button at once needs none.
  async function prepareOffer() {
    if (registers || !field || !(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
    field.hidden = false;
    field.addEventListener("focusin", offer, { once: true });
    setTimeout(offer, 1500);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  // Back from another page: the browser may show this one as it was left.
  window.addEventListener("pageshow", (event) => event.persisted && work(false));
  window.addEventListener("pagehide", () => waiting?.abort());
  prepareOffer();
}

for (const form of document.querySelectorAll("form[data-passkey]")) start(form);

// Certificates and keys from files: what was chosen is put into the field, where it can be seen before it is sent.
// Without this script the text is pasted.

const MOST = 65536;

for (const field of document.querySelectorAll("[data-pem]")) {
  const file = field.querySelector("input[type=file]");
  const text = field.querySelector("textarea");
  field.querySelector("[data-pem-file]").hidden = false;
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    // Too long, or not text: the house says what it expects.
    text.value = (await chosen.text()).slice(0, MOST);
    text.focus();
  });
}

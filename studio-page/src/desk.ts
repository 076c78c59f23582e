// The desk of consent: one key for what is done often, a link copied by a button, and a form whose words are told while
// it is filled in. Without a script the keys, the button and the live words are missing, and nothing else.

const PAUSE = 250;

export function desk(): void {
  keys();
  for (const field of document.querySelectorAll<HTMLInputElement>("[data-copy]")) copyButton(field);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-live]")) liveWords(form);
}

function keys(): void {
  const targets = new Map<string, HTMLElement>();
  for (const element of document.querySelectorAll<HTMLElement>("[data-key]")) {
    targets.set(element.dataset["key"] ?? "", element);
  }
  if (targets.size === 0) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const where = event.target;
    if (where instanceof HTMLElement && where.closest("input, select, textarea, [contenteditable]")) return;
    const target = targets.get(event.key.toLowerCase());
    if (!target) return;
    event.preventDefault();
    target.focus();
    if (!(target instanceof HTMLSelectElement)) target.click();
  });
}

function copyButton(field: HTMLInputElement): void {
  const button = field.parentElement?.querySelector<HTMLButtonElement>("[data-copy-button]");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-label", `Copy: ${field.getAttribute("aria-label") ?? "link"}`);
  button.addEventListener("click", () => {
    field.select();
    void navigator.clipboard.writeText(field.value).then(
      () => {
        button.textContent = "Copied";
      },
      () => {
        button.textContent = "Press Ctrl+C";
      },
    );
  });
}

function liveWords(form: HTMLFormElement): void {
  const address = form.dataset["live"];
  const place = document.querySelector<HTMLElement>(`#${form.dataset["liveInto"] ?? "live"}`);
  if (address === undefined || !place) return;
  let waiting = 0;
  let asked = 0;
  const ask = async (): Promise<void> => {
    const mine = ++asked;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "text/html" },
        credentials: "same-origin",
      });
      if (mine !== asked || !answer.ok) return;
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...parsed.body.childNodes);
    } catch {
      // the words of the last answer stay; the button below the form tells them anew
    } finally {
      if (mine === asked) place.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void ask(), PAUSE);
  });
}

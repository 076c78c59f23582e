// Words that are being written: a moment after the last key each line's fit is told anew. Without a script the button
// "Hold them against the tune" does the same.

const PAUSE = 350;

export function words(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-words]")) live(form);
}

function live(form: HTMLFormElement): void {
  const state = form.querySelector<HTMLElement>("[data-words-state]");
  let waiting = 0;
  let asked = 0;
  const ask = async (): Promise<void> => {
    const mine = ++asked;
    const said = new FormData(form);
    said.delete("words_file");
    said.delete("original_file");
    said.set("words", "");
    said.set("act", "fit");
    try {
      const answer = await fetch(form.action, { method: "POST", body: said, credentials: "same-origin" });
      if (mine !== asked) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine === asked) place(form, parsed);
      if (state) state.textContent = "Not kept yet";
    } catch {
      if (state && mine === asked) state.textContent = "Not counted anew: hold them against the tune";
    }
  };
  form.addEventListener("input", (event) => {
    const field = event.target as HTMLElement;
    if (!(field instanceof HTMLInputElement) || field.name !== "line") return;
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void ask(), PAUSE);
  });
}

/** The answer counts the filled lines only, in their order. */
function place(form: HTMLFormElement, parsed: Document): void {
  const fresh = [...parsed.querySelectorAll<HTMLElement>("[data-fit]")].filter((one) => one.dataset["fit"] !== "hash");
  const rows = [...form.querySelectorAll<HTMLElement>(".lyric-lines > li")];
  const filled = rows.filter((row) => row.querySelector<HTMLInputElement>("input[name=line]")?.value.trim());
  for (const row of rows) {
    const here = row.querySelector<HTMLElement>("[data-fit]");
    const answer = filled.includes(row) ? fresh[filled.indexOf(row)] : undefined;
    if (here) here.replaceChildren(...(answer ? [...answer.childNodes] : []));
  }
  const hash = parsed.querySelector<HTMLElement>('[data-fit="hash"]');
  const shown = document.querySelector<HTMLElement>('.hash[data-fit="hash"]');
  if (hash && shown) shown.textContent = hash.textContent;
}

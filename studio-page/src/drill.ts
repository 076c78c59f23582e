// A line of a statement opens in place: its explanation is fetched when it is first opened. Without a script the link
// inside leads to the same explanation as a page.

export function openLines(): void {
  for (const line of document.querySelectorAll<HTMLDetailsElement>("details[data-drill]")) {
    line.addEventListener("toggle", () => {
      if (line.open && line.dataset["filled"] === undefined) void fill(line);
    });
    const wanted = line.dataset["drill"]?.split("/").at(-2);
    if (wanted !== undefined && location.hash === `#line-${wanted}`) line.open = true;
  }
}

async function fill(line: HTMLDetailsElement): Promise<void> {
  const place = line.querySelector<HTMLElement>(".opened");
  const address = line.dataset["drill"];
  if (!place || address === undefined) return;
  line.dataset["filled"] = "";
  const fallback = [...place.childNodes];
  place.setAttribute("aria-busy", "true");
  place.replaceChildren();
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...parsed.body.childNodes);
  } catch {
    delete line.dataset["filled"];
    const words = document.createElement("p");
    words.className = "trouble";
    words.textContent = "This line could not be opened just now. Close and open it to try again, or follow the link.";
    place.replaceChildren(words, ...fallback);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

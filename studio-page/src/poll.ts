// A long act is watched: its part of the page is fetched again every second until it is over. Without a script the link
// "Look again" does the same by hand.

const EVERY_MS = 1000;

export function watchJobs(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-poll]")) {
    if (place.dataset["poll"]) setTimeout(() => void again(place), EVERY_MS);
  }
}

async function again(place: HTMLElement): Promise<void> {
  const address = place.dataset["poll"];
  if (!address) return;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = parsed.querySelector<HTMLElement>("[data-poll]");
    if (!answer.ok || !fresh) throw new Error(String(answer.status));
    if (!fresh.dataset["poll"]) {
      location.reload();
      return;
    }
    place.replaceChildren(...fresh.childNodes);
  } catch {
    // The next look may find it; the link stays either way.
  }
  setTimeout(() => void again(place), EVERY_MS);
}

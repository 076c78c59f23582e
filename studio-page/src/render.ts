// A render on its way: the bar moves by itself, and the page is opened anew when it has ended. Without a script there is a
// link that looks again.

interface Status {
  state: string;
  progress_permille: number;
  doing: string;
  seconds_left: number | null;
}

const EVERY = 700;

export function renders(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-render]")) void follow(place);
}

async function follow(place: HTMLElement): Promise<void> {
  const address = place.dataset["render"];
  const bar = place.querySelector<HTMLProgressElement>("[data-render-bar]");
  const words = place.querySelector<HTMLElement>("[data-render-words]");
  const left = place.querySelector<HTMLElement>("[data-render-left]");
  if (address === undefined || !bar || !words || !left) return;
  for (;;) {
    await new Promise((resolve) => window.setTimeout(resolve, EVERY));
    let status: Status;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) continue;
      status = (await answer.json()) as Status;
    } catch {
      continue;
    }
    if (["done", "failed", "cancelled"].includes(status.state)) {
      window.location.reload();
      return;
    }
    bar.value = status.progress_permille;
    if (words.textContent !== status.doing && status.doing) words.textContent = status.doing;
    left.textContent = status.seconds_left === null ? "" : `about ${status.seconds_left} s left`;
  }
}

// The switch between light and dark. The choice is kept in a cookie, so that the server draws the next page right.

const YEAR = 31_536_000;

export function lightSwitch(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-light]");
  if (!button) return;
  button.addEventListener("click", () => {
    const root = document.documentElement;
    const wished = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset["theme"] ?? wished) === "dark" ? "light" : "dark";
    root.dataset["theme"] = next;
    document.cookie = `ritornello_light=${next}; path=/; max-age=${YEAR}; samesite=lax`;
  });
}

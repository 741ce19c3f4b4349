// Suggests whole queries while one is typed: asks the address in data-suggest, fills the list of the field. Without it all else works.
"use strict";
for (const field of document.querySelectorAll("input[data-suggest]")) {
  let waiting, latest = 0;
  const fill = async () => {
    const mine = ++latest;
    const answer = await fetch(`${field.dataset.suggest}?${new URLSearchParams({ q: field.value })}`).catch(() => null);
    const found = answer && answer.ok ? await answer.json() : [];
    if (mine !== latest) return;
    field.list.replaceChildren(...found.map(({ query, about }) => Object.assign(new Option(about, query), { label: about })));
  };
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(fill, 150); });
}

/**
 * What a browser adds to a page that is complete without it: a switch of faces, copying, sorting, and open folds in
 * print. Plain text, because it runs in the reader's browser and its hash stands in the page's policy.
 */
export const SCRIPT = `"use strict";
(() => {
  const root = document.documentElement;
  const face = document.getElementById("face");
  const isDark = () => (root.style.colorScheme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const nameFace = () => { face.textContent = isDark() ? "Light" : "Dark"; };
  face.hidden = false;
  nameFace();
  face.addEventListener("click", () => {
    root.style.colorScheme = isDark() ? "light" : "dark";
    nameFace();
  });

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Selected";
      }
    });
  }

  const keyOf = (cell) => (cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value));
  const compare = (a, b) => (typeof a === "number" ? (a === b ? 0 : a - b) : a.localeCompare(b));
  const sort = (head, column) => {
    const falls = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows].sort((a, b) => compare(keyOf(a.cells[column]), keyOf(b.cells[column])));
    body.append(...(falls ? rows.reverse() : rows));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(head, column));
    }
  }

  const folds = [...document.querySelectorAll("details:not([open]):not(.long)")];
  addEventListener("beforeprint", () => { for (const fold of folds) if (!fold.open) { fold.open = true; fold.dataset.printed = ""; } });
  addEventListener("afterprint", () => { for (const fold of folds) if ("printed" in fold.dataset) { fold.open = false; delete fold.dataset.printed; } });
})();
`;

// What is more comfortable with JavaScript; every page works without it.
"use strict";

(() => {
  const ASK_EVERY = 30_000;

  // "newer: reload", where the present is shown and there is another one now
  const { head, shown } = document.body.dataset;
  const newer = document.querySelector(".newer");

  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(head, { cache: "no-store" });
      const present = answer.ok ? (await answer.json()).head : shown;
      newer.hidden = present === shown;
    } catch {
      // The server has ended; there is nothing newer to be had.
    }
  };

  if (head && shown && newer) {
    setInterval(ask, ASK_EVERY);
    document.addEventListener("visibilitychange", ask);
    newer.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      location.reload();
    });
  }

  // The keys that do something on this page stand at its foot, where a switch turns those of one character off; the
  // browser remembers that for all pages
  const KEPT = "coda-git-mirror.keys";
  const keys = document.querySelector("#keys");

  const recall = () => {
    try {
      keys.checked = localStorage.getItem(KEPT) !== "off";
    } catch {
      // Without storage the switch counts for this page.
    }
  };

  keys.addEventListener("change", () => {
    try {
      localStorage.setItem(KEPT, keys.checked ? "on" : "off");
    } catch {
      // As above.
    }
  });
  for (const event of ["pageshow", "storage"]) addEventListener(event, recall);
  recall();

  const hints = [...document.querySelectorAll(".keys [data-for]")];
  for (const hint of hints) hint.hidden = !document.querySelector(hint.dataset.for);
  const listed = hints.filter((hint) => !hint.hidden);
  document.querySelector(".keys").hidden = listed.length === 0;
  keys.parentElement.hidden = !listed.some((hint) => hint.matches("li"));

  // Keys: older, newer, search; none while somebody types or holds another key
  const typing = (element) =>
    element.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const field = document.querySelector("#words, #find");
      if (field) event.preventDefault();
      field?.focus();
      return;
    }
    const step = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
    if (step) step.click();
  });

  // The bar of versions: what a mark means stands below it; arrows lead along it
  const bar = document.querySelector(".bar");
  const pointed = document.querySelector(".pointed");

  // Brings something into the middle of what scrolls around it, and leaves the page where it is
  const reveal = (inner, outer) => {
    const [it, around] = [inner.getBoundingClientRect(), outer.getBoundingClientRect()];
    outer.scrollLeft += it.left + it.width / 2 - around.left - around.width / 2;
    outer.scrollTop += it.top + it.height / 2 - around.top - around.height / 2;
  };

  const explain = (mark) => {
    if (mark) pointed.textContent = mark.querySelector(".label").textContent.replace(/\s+/g, " ").trim();
  };

  if (bar && pointed && bar.children.length > 1) {
    bar.classList.add("strip");
    const current = bar.querySelector("[aria-current]");
    const over = (event) => explain(event.target.closest("a"));
    pointed.hidden = false;
    explain(current);
    if (current) reveal(current, bar);
    bar.addEventListener("mouseover", over);
    bar.addEventListener("focusin", over);
    bar.addEventListener("mouseleave", () => explain(bar.contains(document.activeElement) ? document.activeElement : current));
    bar.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: "nextElementSibling", ArrowRight: "previousElementSibling" }[event.key];
      const next = way && event.target.closest("li")[way];
      if (!next) return;
      event.preventDefault();
      next.querySelector("a").focus();
    });
  }

  // Copying a command
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      const text = button.parentElement.querySelector("code").textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not copied: select it";
      }
    });
  }

  // On a narrow screen the tree stays folded until it is wanted; on a wide one it shows where one is
  const shelf = document.querySelector(".shelf");
  if (shelf && matchMedia("(max-width: 52rem)").matches) shelf.open = false;
  const here = document.querySelector(".side [aria-current]");
  const side = document.querySelector(".side");
  if (here && side) reveal(here, side);
})();

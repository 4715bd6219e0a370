// Keeps the sum of the ticked feeds, finds feeds by words. Without this file the form says and saves the same; see
// templates/admin/providers/feeds.html.
(() => {
  const spoken = (text) => text.toLowerCase().replace(/[\s._]+/g, " ");

  const enliven = (place) => {
    const boxes = [...place.querySelectorAll("input[data-cost]")];
    const total = place.querySelector("[data-total]");
    const warning = place.querySelector("[data-warning]");
    const search = place.querySelector("[data-search]");
    const only = place.querySelector("[data-only]");

    const add = () => {
      const sum = boxes.reduce((so_far, box) => so_far + (box.checked ? Number(box.dataset.cost) : 0), 0);
      total.textContent = Math.max(0, Math.ceil(sum - 1e-6)).toLocaleString("en");
      if (warning) warning.hidden = sum <= Number(place.dataset.carried);
      place.querySelectorAll("[data-table]").forEach((table) => {
        table.querySelector("[data-ticked]").textContent = table.querySelectorAll("input[data-cost]:checked").length;
      });
    };

    const show = () => {
      const words = spoken(search.value).split(" ").filter(Boolean);
      const narrows = words.length > 0 || only.checked;
      place.querySelectorAll("[data-table]").forEach((table) => {
        let found = 0;
        table.querySelectorAll("[data-row]").forEach((row) => {
          const fits = words.every((word) => ` ${spoken(row.dataset.row)}`.includes(` ${word}`));
          row.hidden = !fits || (only.checked && !row.querySelector("input:checked"));
          found += row.hidden ? 0 : 1;
        });
        table.hidden = narrows && !found;
        if (narrows && found) table.open = true;
      });
    };

    place.addEventListener("change", add);
    if (search) {
      place.querySelector("[data-tools]").hidden = false;
      search.addEventListener("input", show);
      search.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault(); // it must not save the form
      });
      only.addEventListener("change", show);
    }
    add();
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-feeds]").forEach(enliven));
})();

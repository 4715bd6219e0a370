// Makes the drawn charts answer to the mouse. Without this file every page says the same; see templates/reporting/_chart.html.
(() => {
  const load = (address) => {
    window.vegaLoading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return window.vegaLoading;
  };

  const enliven = async (place) => {
    if (place.dataset.live) return;
    place.dataset.live = "loading";
    try {
      await load(place.dataset.bundle);
      const spec = JSON.parse(document.getElementById("chart-spec").textContent);
      const drawn = document.createElement("div");
      drawn.className = "drawn";
      place.append(drawn);
      await window.vegaEmbed(drawn, { ...spec, width: "container" }, { renderer: "svg", actions: false });
      place.querySelector(".still")?.remove();
      place.dataset.live = "yes";
    } catch (error) {
      place.querySelector(".drawn")?.remove(); // the still picture stays
      place.dataset.live = "no";
    }
  };

  const all = () => document.querySelectorAll(".chart[data-bundle]").forEach(enliven);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:afterSettle", all);
})();

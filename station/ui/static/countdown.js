// Counts down to the moments that the page names, on this PC's clock, which the station shares.
(function () {
  "use strict";

  function text(element, left) {
    if (element.dataset.until === "retry") return left > 0 ? left + " 秒后自动重试" : "正在重试…";
    return left > 0 ? "约 " + left + " 秒" : "";  // a print that takes longer promises nothing
  }

  function tick() {
    document.querySelectorAll("[data-deadline]").forEach(function (element) {
      var left = Math.ceil((Number(element.dataset.deadline) - Date.now()) / 1000);
      var now = text(element, left);
      if (element.textContent !== now) element.textContent = now;
    });
  }

  setInterval(tick, 250);
  document.addEventListener("htmx:afterSwap", tick);
  document.addEventListener("DOMContentLoaded", tick);
})();

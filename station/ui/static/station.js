// Keyboard, focus and announcements of the pages. Everything else is htmx.
(function () {
  "use strict";

  // Function keys press the button that names them; a held key presses once.
  document.addEventListener("keydown", function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!/^F([2-4]|[6-9]|10)$/.test(event.key)) return;
    var button = document.querySelector('button[data-key="' + event.key + '"]');
    if (!button) return;
    event.preventDefault();
    if (!event.repeat && !button.disabled) button.click();
  });

  // A swap must not lose the keyboard: when the pressed button is gone or off, go to the next one.
  function keepFocus() {
    var active = document.activeElement;
    if (active && active !== document.body && !active.disabled) return;
    var next = document.querySelector("button[data-next]:not([disabled])") || document.getElementById("id-number");
    if (next) next.focus({ preventScroll: true });
  }

  // The next person's number replaces the last one's.
  document.addEventListener("focusin", function (event) {
    if (event.target.id === "id-number") event.target.select();
  });

  // A live region that is itself swapped is often not read out, so one that stays is filled.
  var said = "";
  function announce() {
    var title = document.getElementById("message-title");
    var text = title ? title.textContent.trim() : "";
    if (text && text !== said) document.getElementById("announcement").textContent = said = text;
  }

  document.addEventListener("htmx:afterSettle", function () {
    keepFocus();
    announce();
  });

  document.addEventListener("htmx:sseError", function () { document.body.classList.add("is-cut-off"); });
  document.addEventListener("htmx:sseOpen", function () { document.body.classList.remove("is-cut-off"); });
  document.addEventListener("htmx:sendError", function () { document.body.classList.add("is-cut-off"); });
})();

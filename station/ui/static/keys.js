// The keyboard. Browsers keep Alt with a digit (tabs) and Alt+F, E, D (menu, address) for themselves.
(function () {
  "use strict";

  var station = window.station;

  function nameOf(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return "";
    if (event.altKey) return /^Key[A-Z]$/.test(event.code) ? "Alt+" + event.code[3] : "";
    return /^F([2-4]|[6-9]|10)$/.test(event.key) ? event.key : "";
  }

  document.addEventListener("keydown", function (event) {
    var name = nameOf(event);
    var dialog = document.querySelector("dialog[open]");
    if (name) return pressKey(event, document.querySelector('[data-key="' + name + '"]'), dialog);
    // A number that is typed while a button has the focus is the next citizen's.
    var field = document.getElementById("id-number");
    var plain = !event.altKey && !event.ctrlKey && !event.metaKey && /^[0-9]$/.test(event.key);
    var number = field && plain && !isEditable(document.activeElement);
    if (dialog && number) station.tell(document.body.dataset.numberWaits);
    if (dialog) return;
    if (event.key === "PageDown" || event.key === "PageUp") return turn(event);
    if (number) field.focus({ preventScroll: true });
  });

  function pressKey(event, element, dialog) {
    if (!element) return;
    event.preventDefault();
    if (event.repeat) return; // a held key presses once
    if (element.disabled) return station.refuse(element);
    // What the start-up screen covers is not pressed before that was read.
    if (document.querySelector(".start-up") && element.closest(".person, .steps, .preview"))
      return station.tell(document.body.dataset.readFirst);
    if (dialog && !dialog.contains(element)) return station.refuse(element);
    element.click();
  }

  function isEditable(element) {
    return Boolean(element && element.closest("input, select, textarea"));
  }

  // The next or the previous order of this window.
  function turn(event) {
    var links = Array.prototype.slice.call(document.querySelectorAll("#orders a[data-show]"));
    if (!links.length) return;
    event.preventDefault();
    var now = links.findIndex(function (link) { return link.dataset.show === station.order(); });
    var next = now < 0 ? 0 : now + (event.key === "PageDown" ? 1 : -1);
    if (links[next]) links[next].click();
  }

  // The next person's number replaces what is left in the field.
  document.addEventListener("focusin", function (event) {
    if (event.target.id === "id-number") event.target.select();
  });

  // A click on a button that is off when the pointer goes down or comes up is answered too: a change
  // may have come in between, and then the browser gives no click.
  var wasOff = null;

  function buttonUnder(event) {
    var under = document.elementFromPoint(event.clientX, event.clientY);
    return under && event.button === 0 ? under.closest("button") : null;
  }

  document.addEventListener("pointerdown", function (event) {
    var button = buttonUnder(event);
    wasOff = button && button.disabled ? button : null;
  }, true);

  document.addEventListener("pointerup", function (event) {
    var button = buttonUnder(event);
    if (button && (button.disabled || button === wasOff)) station.refuse(button);
  }, true);
})();

// Every press of a button goes through here: it is captured with the order and revision that are on
// the screen, waits for the presses before it, is sent once, and is either carried out or visibly not.
(function () {
  "use strict";

  var TIMEOUT = 45000; // ms; an answer may move a card first, for at most 30 s
  var kept = {}; // order -> what a press about it was answered with while another one was shown
  var queue = [], sending = false, giveUp = null, before = null, pressedAt = null, origin = null, refusedNumber = "", working = "";
  var station = window.station;

  // What a press is answered with is seen at once: the tab of its form opens, or the one it names.
  function openTab(form, button) {
    var named = (button && button.dataset.opens) || form.dataset.opens;
    var around = form.closest("[data-tab]");
    var tab = document.getElementById("tab-" + (named || (around && around.dataset.tab)));
    if (tab && !tab.disabled) tab.checked = true;
  }

  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    var action = (button && button.getAttribute("formaction")) || form.getAttribute("action") || "";
    openTab(form, button);
    if (action.indexOf("/actions/") !== 0) return;
    event.preventDefault();
    var field = document.getElementById("id-number");
    var withNumber = Boolean(field && button && button.hasAttribute("data-with-number"));
    var aboutNumber = withNumber && field.value.trim();
    if (station.isLoading() && form.closest("#order") && !aboutNumber) station.refuse(button);
    else enqueue(form, button, action, withNumber && field);
  });

  function enqueue(form, button, action, field) {
    var fields = new URLSearchParams(new FormData(form));
    if (button && button.name) fields.append(button.name, button.value);
    if (field) fields.set("id_number", field.value);
    fields.set("page", document.body.dataset.page);
    if (field && field.value) field.select(); // the next number replaces this one
    queue.push({
      action: action,
      fields: fields,
      label: labelOf(button),
      follows: Boolean(button && button.hasAttribute("data-follows")),
      typed: field ? field.value : "",
      shows: Boolean(button && button.hasAttribute("data-shows")), // what it makes, whatever is shown
      form: form,
      tab: station.order(),
      order: fields.get("order"),
      revision: fields.get("revision"),
    });
    if (form.closest("dialog")) closeDialog();
    else origin = form;
    pressedAt = button && button.getBoundingClientRect();
    sendAll();
  }

  function labelOf(button) {
    var label = button && (button.querySelector(".label") || button);
    if (!label || button.hidden) return document.body.dataset.firstStep;
    return Array.prototype.filter
      .call(label.childNodes, function (node) { return node.nodeName !== "KBD"; })
      .map(function (node) { return node.className === "visually-hidden" ? "" : node.textContent; })
      .join("").trim();
  }

  async function sendAll() {
    if (sending) return;
    sending = true;
    while (queue.length) await carryOut(queue.shift());
    sending = false;
    // What was said meanwhile about another key stays: the end of a press clears its own word only.
    if (document.getElementById("pressing").textContent === working) tell("");
  }

  async function carryOut(press) {
    // A press that waited behind another one of the same screen goes on from what that one led to.
    if (press.follows && before && before.order === press.order && before.revision === press.revision)
      press.fields.set("revision", before.after);
    working = document.body.dataset.working.replace("#", press.label);
    tell(working);
    notice("");
    var answer;
    try {
      answer = await send(press);
    } catch (error) {
      console.warn("press not answered", press.action, error);
      notice(document.getElementById("not-delivered").innerHTML);
      if (queue.length) notice(document.getElementById("not-sent").innerHTML);
      queue = [];
      return;
    }
    take(press, answer);
    var done = !answer.notice && !answer.confirmation && answer.order === press.order;
    before = done ? { order: press.order, revision: press.revision, after: answer.revision } : null;
    await station.refresh();
  }

  async function send(press) {
    giveUp = new AbortController();
    var timer = setTimeout(function () { giveUp.abort(); }, TIMEOUT);
    try {
      var answer = await fetch(press.action, {
        method: "POST",
        body: press.fields,
        headers: { "X-Press": "1" },
        signal: giveUp.signal,
      });
      if (answer.status === 401) return await station.logIn();
      if (answer.ok) return await answer.json();
      return refused(await answer.json());
    } finally {
      clearTimeout(timer);
      giveUp = null;
    }
  }

  // The request itself was refused: say so in the words of the problem.
  function refused(problem) {
    var made = document.getElementById("not-sent").content.cloneNode(true);
    made.querySelector("#notice-title").textContent = problem.title || document.body.dataset.notDone;
    var holder = document.createElement("div");
    holder.append(made);
    return { order: station.order(), revision: station.revision(), notice: holder.innerHTML, confirmation: "" };
  }

  function take(press, answer) {
    var field = document.getElementById("id-number");
    var stays = press.tab === station.order(); // the person has not chosen another order meanwhile
    var aboutThisTab = press.shows || press.typed.trim() || press.order === press.tab;
    if (stays && aboutThisTab && !answer.confirmation) station.show(answer.order);
    var aboutAnother = !stays && press.order && !press.typed.trim();
    if (aboutAnother && (answer.notice || answer.confirmation)) return keepFor(press.order, answer.notice);
    notice(answer.notice);
    var form = press.form.closest("dialog") ? origin : press.form;
    if (answer.notice && form && form.isConnected && form.closest("#ledger")) standBelow(form);
    if (answer.confirmation) return confirm(answer.confirmation);
    if (press.typed && field.value === press.typed) {
      if (answer.notice) refusedNumber = field.value;
      if (answer.notice) field.select();
      else field.value = "";
    }
    if (!answer.notice && form && form.closest("#ledger")) {
      form.reset();
      var request = form.querySelector('input[name="request"]');
      if (request) request.remove(); // the next reading brings a new one
    }
  }

  // What is said about one person never stands under another's name: it waits for that order to be
  // shown again, and nothing is confirmed meanwhile.
  function keepFor(order, html) {
    if (html) kept[order] = html;
    tell(document.body.dataset.notDoneThere);
  }

  // -- confirmation ------------------------------------------------------------------------------

  function confirm(html) {
    var holder = document.getElementById("confirm");
    holder.innerHTML = html;
    open(holder.querySelector("dialog"));
  }

  function open(dialog) {
    dialog.removeAttribute("open");
    dialog.showModal();
    dialog.addEventListener("close", function () { dialog.remove(); });
    var yes = dialog.querySelector("#confirm-yes").getBoundingClientRect(), was = pressedAt;
    // Never where the button before it was: a second press on the same spot must not confirm.
    if (was && yes.left < was.right && was.left < yes.right && yes.top < was.bottom && was.top < yes.bottom)
      dialog.classList.add("elsewhere");
  }

  function closeDialog() {
    var dialog = document.querySelector("#confirm dialog");
    if (dialog) dialog.close();
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("#confirm-back, a[data-show]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (link.id === "confirm-back") return closeDialog();
    notice(kept[link.dataset.show] || "");
    delete kept[link.dataset.show];
    // A number that was refused has nothing to do with the order that is chosen now.
    var field = document.getElementById("id-number");
    if (field.value && field.value === refusedNumber) field.value = "";
    station.show(link.dataset.show);
    station.refresh();
  });

  document.addEventListener("DOMContentLoaded", function () {
    var dialog = document.querySelector("#confirm dialog");
    if (dialog) open(dialog);
  });

  // -- what the person is told -------------------------------------------------------------------

  function tell(text) {
    document.getElementById("pressing").textContent = text;
  }

  station.tell = tell;

  function notice(html) {
    var holder = document.getElementById("notice");
    if (holder.innerHTML !== html) holder.innerHTML = html;
    holder.classList.remove("is-below");
    holder.style.top = "";
  }

  // A refusal of one of many rows stands at that row, and its first field has the focus.
  function standBelow(form) {
    var holder = document.getElementById("notice");
    holder.classList.add("is-below");
    holder.style.top = form.getBoundingClientRect().bottom + window.scrollY + 8 + "px";
    holder.scrollIntoView({ block: "nearest" });
    var field = form.querySelector("input:not([type=hidden])");
    if (field) field.focus({ preventScroll: true });
  }

  // What stands over the page goes away by a click on it or by Escape: it may cover a button.
  function takeAway(event) {
    var holder = document.getElementById("notice");
    if (!holder || !holder.firstElementChild || getComputedStyle(holder).zIndex === "auto") return;
    if (event.type === "click" && (!holder.contains(event.target) || event.target.closest("a, button, summary"))) return;
    if (event.type === "keydown" && (event.key !== "Escape" || document.querySelector("dialog[open]"))) return;
    notice("");
  }

  document.addEventListener("click", takeAway);
  document.addEventListener("keydown", takeAway);

  // A key or a click on a button that is off: say that it was heard and does nothing now.
  station.refuse = function (button) {
    var key = button.dataset.key ? button.dataset.key + " " : "";
    tell(document.body.dataset.isOff.replace("#", key + labelOf(button)));
  };

  station.onLink = function (link) {
    if (link !== "up" && giveUp) giveUp.abort();
  };
})();

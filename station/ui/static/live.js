// Keeps what a tab shows equal to the station. This is the only writer of the panels: it reads them,
// one request at a time, so an older state can never replace a newer one.
(function () {
  "use strict";

  var READ_TIMEOUT = 8000, READ_AGAIN = 5000; // ms
  var reading = null, again = false, seen = -1, readAt = 0, clockAhead = 0, shown = null, said = "", alarm = "", title = document.title;
  var station = (window.station = { link: "up", onLink: function () {} });

  function body() { return document.body.dataset; }

  // -- which order this tab shows: chosen by its person, kept in the address ----------------------

  station.order = function () { return body().order; };
  station.revision = function () { return body().revision || ""; };

  // Until the order is on the screen, the buttons of the one before it are not pressed for it.
  station.show = function (order) {
    if (body().order !== order && body().order) body().before = body().order;
    body().order = order;
    mark();
    var query = "?order=" + encodeURIComponent(order);
    history.replaceState(null, "", body().path + query);
    var next = document.getElementById("change-next");
    if (next) next.value = body().path + query;
    document.querySelectorAll("a[data-about-order]").forEach(function (link) { link.search = query; });
  };

  station.isLoading = function () { return shown !== station.order(); };

  function mark() { document.body.classList.toggle("is-loading", station.isLoading()); }

  // -- reading -----------------------------------------------------------------------------------

  // Returns a promise that ends when a state at least as new as now is on the screen, or unreadable.
  station.refresh = function () {
    again = true;
    if (!reading) reading = readUntilCurrent().finally(function () { reading = null; });
    return reading;
  };

  async function readUntilCurrent() {
    while (again) {
      again = false;
      var order = station.order();
      try {
        var state = await read(order);
        if (order !== station.order()) again = true; // the person has chosen another one meanwhile
        else apply(state);
        readAt = performance.now();
      } catch (error) {
        seen = -1; // the next tick reads again
        console.warn("panels not read", error);
      }
    }
  }

  async function read(order) {
    var giveUp = new AbortController();
    var timer = setTimeout(function () { giveUp.abort(); }, READ_TIMEOUT);
    try {
      var query = new URLSearchParams({ page: body().page, order: order });
      if (body().before) query.set("before", body().before);
      addFilter(query);
      var answer = await fetch("/ui/panels?" + query, { signal: giveUp.signal, cache: "no-store" });
      if (answer.status === 401) return logIn();
      if (!answer.ok) throw new Error("HTTP " + answer.status);
      return await answer.json();
    } finally {
      clearTimeout(timer);
    }
  }

  // What a page's filter asks for; the form stands outside of what is read again.
  function addFilter(query) {
    var form = document.querySelector("form[data-filter]");
    if (form) new FormData(form).forEach(function (value, name) { query.set(name, value); });
    if (isPaused()) query.set("until", body().until);
  }

  // A paused page is not read again, except for another filter, and then as it was.
  function isPaused() { return Boolean(body().until); }

  function togglePause(button) {
    var shown = document.querySelector("[data-read-at]");
    body().until = isPaused() || !shown ? "" : shown.dataset.readAt;
    button.setAttribute("aria-pressed", String(isPaused()));
    document.getElementById("paused").hidden = !isPaused();
    if (!isPaused()) station.refresh();
  }

  function followFilter() {
    var form = document.querySelector("form[data-filter]");
    if (!form) return;
    form.addEventListener("input", station.refresh);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      station.refresh();
    });
    var button = form.querySelector("[data-pause]");
    button.addEventListener("click", function () { togglePause(button); });
    var every = Number(document.querySelector("[data-read-every]").dataset.readEvery);
    setInterval(function () {
      var due = performance.now() - readAt > every;
      if (due && station.link === "up" && !isPaused()) station.refresh();
    }, every);
  }

  // The session has ended: whoever is here now says who that is, and sees the same order again.
  function logIn() {
    location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
    return new Promise(function () {}); // nothing is shown any more
  }
  station.logIn = logIn;

  function apply(state) {
    clockAhead = Date.parse(state.now) - Date.now();
    if (state.order !== station.order()) station.show(state.order);
    body().revision = state.revision;
    Object.keys(state.panels).forEach(function (name) {
      var panel = document.querySelector('[data-panel="' + name + '"]');
      if (!panel) return;
      // What was typed about one order must not be carried over to another.
      if (name === "order" && shown !== state.order) panel.innerHTML = state.panels[name];
      else Idiomorph.morph(panel, state.panels[name], MORPH);
    });
    shown = state.order;
    mark();
    countDown();
    reachScrolls();
    keepFocus();
    announce();
    raiseAlarm();
  }

  // What a person has typed, chosen or opened stays as it is. Only that: `ignoreActiveValue` would
  // also leave a button or a link that has the focus as it was, with its old words and its old value.
  var MORPH = {
    morphStyle: "innerHTML",
    callbacks: {
      beforeNodeMorphed: function (element) {
        return element !== document.activeElement || element.tagName !== "SELECT"; // it may be open
      },
      beforeAttributeUpdated: function (name, element) {
        if (name === "open" || name === "selected" || name === "checked") return false;
        if (name !== "value" || element.tagName !== "INPUT") return true;
        return element.type === "hidden" && element.name !== "request";
      },
    },
  };

  // -- what follows a change ---------------------------------------------------------------------

  // The keyboard is never lost: when the focused element is gone or off, the number field has it.
  function keepFocus() {
    var active = document.activeElement;
    var cover = document.getElementById("start-up-close"); // it covers the number field
    var field = cover || document.getElementById("id-number");
    if (!field || document.querySelector("dialog[open]")) return;
    var covered = cover && active && active.closest(".person, .steps, .preview");
    if (active && active !== document.body && !active.disabled && !covered) return;
    if (document.getSelection().isCollapsed) field.focus({ preventScroll: true });
  }

  // A live region that is itself replaced is often not read out, so one that stays is filled.
  function announce() {
    var title = document.getElementById("message-title");
    var text = title ? title.textContent.trim() : "";
    if (text && text !== said) document.getElementById("announcement").textContent = said = text;
  }

  // The other person's order needs somebody: it is read out, and seen on a tab that is not looked at.
  function raiseAlarm() {
    var other = document.querySelector(".beside[data-alarm]");
    var text = other ? other.textContent.replace(/\s+/g, " ").trim() : "";
    document.title = text ? "⚠ " + title : title;
    if (text && text !== alarm) document.getElementById("announcement").textContent = text;
    alarm = text;
  }

  // A part whose text is longer than its place can be scrolled with the keyboard too.
  function reachScrolls() {
    document.querySelectorAll("[data-scrolls]").forEach(function (element) {
      if (element.scrollHeight > element.clientHeight + 1) element.tabIndex = 0;
      else if (element !== document.activeElement) element.removeAttribute("tabindex");
    });
  }

  // Moments that the page names, on the station's clock.
  function countDown() {
    var said = document.body.dataset;
    document.querySelectorAll("[data-deadline]").forEach(function (element) {
      var left = Math.ceil((Date.parse(element.dataset.deadline) - Date.now() - clockAhead) / 1000);
      // A print that takes longer promises nothing.
      var text = left > 0 ? said.secondsLeft.replace("#", left) : "";
      if (element.dataset.until === "retry")
        text = left > 0 ? said.retryIn.replace("#", left) : said.retrying;
      if (element.textContent !== text) element.textContent = text;
    });
  }

  // -- life --------------------------------------------------------------------------------------

  function hear(news) {
    station.link = news.link;
    document.body.classList.toggle("is-cut-off", news.link !== "up" && news.link !== "locked");
    station.onLink(news.link);
    if (news.link !== "up") {
      seen = -1;
      if (news.link === "locked") station.refresh();
      return;
    }
    var stale = performance.now() - readAt > READ_AGAIN; // an open page keeps the machine watched
    if (isPaused() || (news.count === seen && !stale)) return;
    seen = news.count;
    station.refresh();
  }

  document.addEventListener("DOMContentLoaded", function () {
    shown = station.order();
    station.show(shown);
    var named = document.querySelector('#order input[name="revision"]');
    body().revision = named ? named.value : "";
    countDown();
    reachScrolls();
    window.addEventListener("resize", reachScrolls);
    setInterval(function () { countDown(); reachScrolls(); }, 500);
    followFilter();
    window.followStation(hear);
  });

  // Nothing personal is shown from the browser's memory of pages that were left.
  window.addEventListener("pagehide", function () { document.documentElement.classList.add("is-left"); });
  window.addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });
})();

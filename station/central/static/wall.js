// Keeps the wall page up to date: a stream of ticks, and the page's part that is read after each.
(function () {
  "use strict";

  var RETRY = 2000; // ms
  var SILENCE = 10000; // ms; central sends a tick every 3 s
  var PARTS = ["wall-sums", "wall-alarms", "wall-tiles"];
  var heard = performance.now(), reading = false, again = false, source = null;

  function cut(is) { document.body.classList.toggle("is-cut", is); }

  // Alarms stay where they are under the pointer or the focus of a person who is about to press.
  function isInUse(part) {
    return part.id === "wall-alarms" && (part.matches(":hover") || part.contains(document.activeElement));
  }

  function show(html) {
    var read = document.createElement("div");
    read.innerHTML = html;
    PARTS.forEach(function (id) {
      var old = document.getElementById(id), now = read.querySelector("#" + id);
      if (now && !isInUse(old) && now.innerHTML !== old.innerHTML) old.replaceWith(now);
    });
  }

  // One reading at a time; a tick that comes meanwhile leads to one more.
  function read() {
    if (reading) { again = true; return; }
    reading = true;
    fetch("/wall/now", { cache: "no-store", headers: { "X-Automatic": "1" } })
      .then(function (answer) {
        if (answer.status === 401) { location.reload(); return null; }
        return answer.ok ? answer.text() : Promise.reject(answer.status);
      })
      .then(function (html) {
        if (html === null) return;
        show(html);
        cut(false);
      })
      .catch(function () { cut(true); })
      .then(function () {
        reading = false;
        if (again) { again = false; read(); }
      });
  }

  function connect() {
    if (source) source.close();
    source = new EventSource("/wall/events");
    source.addEventListener("tick", function () { heard = performance.now(); read(); });
    source.onerror = function () { source.close(); cut(true); setTimeout(connect, RETRY); };
  }

  setInterval(function () {
    if (performance.now() - heard < SILENCE) return;
    heard = performance.now();
    cut(true);
    connect();
  }, RETRY);
  connect();
})();

// Keeps the wall page up to date: a stream of ticks, and the page's part that is read after each.
(function () {
  "use strict";

  var RETRY = 2000; // ms
  var SILENCE = 10000; // ms; central sends a tick every 3 s
  var heard = performance.now(), reading = false, again = false, source = null;

  function cut(is) { document.body.classList.toggle("is-cut", is); }

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
        // Nothing is replaced under the hands of a person who is at a button.
        var wall = document.getElementById("wall");
        if (!wall.contains(document.activeElement)) wall.innerHTML = html;
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

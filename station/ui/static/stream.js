// One stream of ticks for all tabs of the browser: it runs as a shared worker, because HTTP/1.1 allows
// six connections to an origin. Where there is no shared worker, the page itself follows the stream.
(function (scope) {
  "use strict";

  var SILENCE = 10000; // ms; the station sends a tick every 3 s
  var RETRY = 1000; // ms

  // Tell {link, count} at every tick and whenever the link changes. link is "up", "down" (nobody
  // answers), "hung" (connected, but silent) or "locked" (the session has ended); count is the station's number of changes.
  function follow(tell) {
    var source = null, heard = performance.now(), link = "", count = -1;

    function say(now) {
      link = now;
      tell({ link: link, count: count });
    }

    function connect() {
      if (source) source.close();
      source = new EventSource("/ui/events");
      source.addEventListener("tick", function (event) {
        heard = performance.now();
        count = JSON.parse(event.data).count;
        say("up");
      });
      source.onerror = function () {
        source.close();
        say("down");
        tellIfLocked();
        setTimeout(connect, RETRY);
      };
    }

    // A stream that is refused looks like one that nobody answers: ask once more, and see the status.
    function tellIfLocked() {
      fetch("/api/v1/session", { cache: "no-store" })
        .then(function (answer) { if (answer.status === 401) say("locked"); })
        .catch(function () {}); // nobody answers: that was said already
    }

    setInterval(function () {
      if (performance.now() - heard < SILENCE) return;
      heard = performance.now();
      say(link === "down" ? "down" : "hung");
      connect();
    }, RETRY);
    connect();
  }

  if (typeof SharedWorkerGlobalScope !== "undefined") {
    var ports = [], last = null;
    follow(function (news) {
      last = news;
      ports.forEach(function (port) { port.postMessage(news); });
    });
    scope.onconnect = function (event) {
      var port = event.ports[0];
      ports.push(port);
      port.onmessage = function () { ports = ports.filter(function (one) { return one !== port; }); };
      if (last) port.postMessage(last);
    };
    return;
  }

  scope.followStation = function (tell) {
    if (!scope.SharedWorker) return follow(tell);
    var worker = new SharedWorker("/static/stream.js"), heard = performance.now();
    worker.port.onmessage = function (event) {
      heard = performance.now();
      tell(event.data);
    };
    scope.addEventListener("pagehide", function () { worker.port.postMessage("bye"); });
    // A worker says something every SILENCE at the latest. One that says nothing has ended, perhaps
    // with the page before this one: then this page follows the stream on its own.
    var watch = setInterval(function () {
      if (performance.now() - heard < 1.5 * SILENCE) return;
      clearInterval(watch);
      worker.port.onmessage = null;
      tell({ link: "hung", count: -1 });
      follow(tell);
    }, RETRY);
  };
})(self);

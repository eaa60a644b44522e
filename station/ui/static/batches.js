// The pages of batches: marks all rows of a page, follows progress, and sends many pictures in
// several requests. Without it each page still works: one file at a time, and by reloading.
(function () {
  "use strict";

  var PAUSE = 1500; // ms between two looks at the progress
  var MOST_FILES = 200; // of one request
  var AGAIN = 5; // seconds until a request for which there was no room is sent again

  function prepare(root) {
    root.querySelectorAll("[data-marks], .with-script").forEach(function (one) { one.hidden = false; });
  }
  prepare(document);

  document.addEventListener("change", function (event) {
    var all = event.target;
    if (!all.dataset.marks) return;
    all.form.querySelectorAll('input[name="' + all.dataset.marks + '"]').forEach(function (one) {
      one.checked = all.checked;
    });
  });

  function pause(milliseconds) {
    return new Promise(function (resolve) { setTimeout(resolve, milliseconds); });
  }

  // -- progress: read again while it is running, and with it what waits for a person -------------

  var following = false, before = "";

  async function follow() {
    var place = document.querySelector("[data-follow]");
    if (!place || following) return;
    following = true;
    while (place.querySelector("[data-running]")) {
      await pause(PAUSE);
      try {
        var answer = await fetch(place.dataset.follow);
        if (!answer.ok) continue;
        place.innerHTML = await answer.text();
        await refresh(place);
      } catch (error) {
        continue; // the station is away: asked again
      }
    }
    following = false;
  }
  follow();

  // What a person has marked is not taken away: that part stays until it is sent.
  async function refresh(place) {
    if (before === place.innerHTML) return;
    before = place.innerHTML;
    var answer = await fetch(place.dataset.page, { headers: { "X-Automatic": "1" } });
    if (!answer.ok) return;
    var page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelectorAll("[data-refresh]").forEach(function (old) {
      var now = page.getElementById(old.id);
      if (!now || old.innerHTML === now.innerHTML || old.querySelector("input:checked")) return;
      old.replaceWith(now);
      prepare(now);
    });
  }

  // -- pictures ----------------------------------------------------------------------------------

  var form = document.getElementById("photos-form");
  if (!form) return;
  var sending = document.getElementById("photos-sending");
  var status = sending.querySelector("[role=status]"), bar = sending.querySelector("progress");
  var folder = document.getElementById("photos-folder");
  var COUNTED = ["added", "known", "matched", "refused"];

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    send();
  });

  function tell(which, values) {
    sending.hidden = false;
    status.textContent = status.dataset[which].replace(/\{(\w+)\}/g, function (whole, name) {
      return values[name];
    });
  }

  function chosen() {
    var files = Array.from(form.elements.files.files).concat(Array.from(folder.files));
    return files.filter(function (one) { return /\.(jpe?g|zip)$/i.test(one.name); });
  }

  // Requests no larger than the station takes; a zip goes alone.
  function divide(files) {
    var parts = [], size = Infinity;
    files.forEach(function (one) {
      var zip = /\.zip$/i.test(one.name), last = parts[parts.length - 1];
      if (zip || size + one.size > form.dataset.most / 2 || last.length >= MOST_FILES) {
        parts.push([]);
        size = 0;
      }
      parts[parts.length - 1].push(one);
      size = zip ? Infinity : size + one.size;
    });
    return parts;
  }

  async function send() {
    var files = chosen(), sent = 0, sum = { added: 0, known: 0, matched: 0, refused: 0 };
    var large = files.find(function (one) { return one.size > form.dataset.most; });
    if (large) return tell("large", { name: large.name });
    if (!files.length) return tell("none", {});
    var button = form.querySelector("button");
    button.disabled = true;
    bar.max = files.length;
    for (var part of divide(files)) {
      bar.value = sent;
      tell("sending", { sent: sent, all: files.length });
      var answer = await deliver(part);
      if (!answer.done) {
        button.disabled = false;
        return tell("failed", { told: answer.told });
      }
      COUNTED.forEach(function (name) { sum[name] += answer.read[name]; });
      sent += part.length;
    }
    bar.value = sent;
    tell("sent", sum);
    form.reset();
    button.disabled = false;
    var place = document.querySelector("[data-follow]");
    place.innerHTML = await (await fetch(place.dataset.follow)).text();
    await refresh(place);
    follow();
  }

  async function deliver(files) {
    var body = new FormData();
    body.append("csrf", form.elements.csrf.value);
    files.forEach(function (one) { body.append("files", one, one.name); });
    try {
      var answer = await fetch(form.action, { method: "POST", body: body, headers: { "X-Press": "photos" } });
      if (answer.status === 503) {
        await pause(1000 * (Number(answer.headers.get("Retry-After")) || AGAIN));
        return deliver(files);
      }
      var read = await answer.json();
      return { done: answer.ok, read: read, told: read.told || read.title || "" };
    } catch (error) {
      return { done: false, told: "" };
    }
  }
})();

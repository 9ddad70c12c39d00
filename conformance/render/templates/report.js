(function () {
  "use strict";
  var form = document.querySelector("form.bar"), runs = [].slice.call(document.querySelectorAll(".run"));
  var OF_RUN = ["verdict", "protocol", "provider", "target", "scenario"], OF_GROUP = ["level", "family", "rule"], texts = [];
  document.documentElement.className = "js";

  function value(name) { return form && form.elements[name] ? form.elements[name].value : ""; }
  function fits(element, names) {
    return names.every(function (name) { return !value(name) || element.dataset[name] === value(name); });
  }
  function holds(index, words) {
    if (texts[index] === undefined) {
      // Rules that do not apply and requests would match nearly every word.
      var told = runs[index].querySelectorAll("summary h3, summary span, .because, .group, figcaption");
      texts[index] = [].map.call(told, function (one) { return one.textContent; }).join(" ").toLowerCase();
    }
    return words.every(function (word) { return texts[index].indexOf(word) >= 0; });
  }

  function apply() {
    if (!form) return;
    var words = value("text").toLowerCase().split(/\s+/).filter(Boolean), some = OF_GROUP.some(value), shown = 0;
    runs.forEach(function (run, index) {
      var keep = fits(run, OF_RUN) && holds(index, words), any = false;
      if (keep) [].forEach.call(run.querySelectorAll(".group"), function (group) {
        group.hidden = !fits(group, OF_GROUP);
        any = any || !group.hidden;
      });
      run.hidden = !keep || (some && !any);
      shown += run.hidden ? 0 : 1;
    });
    form.elements.shown.value = shown === runs.length ? shown + " streams" : shown + " of " + runs.length + " streams";
    document.getElementById("none").hidden = shown > 0;
  }

  function narrow(filters) {
    form.reset();
    Object.keys(filters).forEach(function (name) { if (form.elements[name]) form.elements[name].value = filters[name]; });
    apply();
    document.getElementById("streams").scrollIntoView();
    var first = runs.filter(function (run) { return !run.hidden; })[0];
    if (first) first.querySelector("summary").focus({ preventScroll: true });
  }

  function reveal() {
    var id = decodeURIComponent(location.hash.slice(1)), aim = id && document.getElementById(id);
    var run = aim && aim.closest(".run");
    if (!run) return;
    if (run.hidden || (aim !== run && aim.closest("[hidden]"))) { form.reset(); apply(); }
    for (var one = aim; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    (aim === run ? run.querySelector("summary") : aim).focus({ preventScroll: true });
    aim.scrollIntoView({ block: "start" });
  }

  function copy(button) {
    var command = button.closest(".again").querySelector("pre");
    function done() {
      button.textContent = "Copied";
      setTimeout(function () { button.textContent = "Copy"; }, 1600);
    }
    function select() {
      getSelection().selectAllChildren(command);
      if (document.execCommand("copy")) done();
    }
    if (navigator.clipboard) navigator.clipboard.writeText(command.textContent).then(done, select);
    else select();
  }

  // The matrix is one stop for the Tab key; the arrows move inside it.
  var grid = document.querySelector(".grid"), cells = grid ? [].slice.call(grid.querySelectorAll("a")) : [];
  function here(cell) {
    cells.forEach(function (one) { one.tabIndex = one === cell ? 0 : -1; });
  }
  function step(from, down, right) {
    var cell = from.parentNode, row = cell.parentNode, at = cell.cellIndex, link = null;
    while (!link && (row = down ? row.parentNode.rows[row.sectionRowIndex + down] : row) && row.cells[at += right]) {
      link = row.cells[at].querySelector("a");
    }
    if (link) { here(link); link.focus(); }
  }
  if (grid) {
    here(cells[0]);
    grid.addEventListener("focusin", function (event) { if (event.target.tagName === "A") here(event.target); });
    grid.addEventListener("keydown", function (event) {
      var move = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
      if (move && event.target.tagName === "A") { event.preventDefault(); step(event.target, move[0], move[1]); }
    });
  }

  document.addEventListener("click", function (event) {
    var at = event.target.closest("a, button");
    if (!at) return;
    if (at.classList.contains("copy")) copy(at);
    if (at.dataset.do) runs.forEach(function (run) { if (!run.hidden) run.open = at.dataset.do === "open"; });
    if (form && at.tagName === "A" && Object.keys(at.dataset).length) { event.preventDefault(); narrow(at.dataset); }
    else if (at.tagName === "A" && at.getAttribute("href") === location.hash) reveal();
  });
  if (form) {
    var timer = 0;
    form.addEventListener("input", function (event) {
      clearTimeout(timer);
      timer = setTimeout(apply, event.target.name === "text" ? 120 : 0);
    });
    form.addEventListener("reset", function () { setTimeout(apply); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
  }
  var shut = [];
  addEventListener("beforeprint", function () {
    shut = runs.filter(function (run) { return !run.open && !run.hidden && run.querySelector(".group"); });
    shut.forEach(function (run) { run.open = true; });
  });
  addEventListener("afterprint", function () { shut.forEach(function (run) { run.open = false; }); });
  addEventListener("hashchange", reveal);
  apply();
  reveal();
})();

(function () {
  "use strict";
  var root = document.documentElement, form = document.forms[0], cell = null;
  var tables = [].slice.call(document.querySelectorAll("section[data-p]"));
  var sheet = document.head.appendChild(document.createElement("style"));
  root.className = "js";

  function value(name) { return form.elements[name] ? form.elements[name].value.trim().toLowerCase() : ""; }
  function ticked(name) { return !form.elements[name] || form.elements[name].checked; }

  function rowShown(row, text, level, show) {
    var has = row.dataset.f;
    if (has.indexOf("s") >= 0) return show === "silent" && row.dataset.n.indexOf(text) >= 0;
    return row.dataset.n.indexOf(text) >= 0 && show !== "silent" &&
      (!level || (row.dataset.l === "error" || (level === "warning" && row.dataset.l === "warning") || (level === "note" && row.dataset.l))) &&
      (!show || has.indexOf(show[0]) >= 0);
  }

  function apply() {
    var text = value("text"), who = value("who"), level = value("level"), show = value("show"), family = value("family");
    var css = "";
    tables.forEach(function (section) {
      var heads = [].slice.call(section.querySelectorAll("thead th")).slice(1);
      var columns = heads.filter(function (head, index) {
        var keep = head.dataset.k.indexOf(who) >= 0 && (ticked("synthetic") || !head.classList.contains("syn"));
        if (!keep) css += "#" + section.id + " tr:not(.g)>:nth-child(" + (index + 2) + "){display:none}";
        return keep;
      });
      var any = 0;
      [].forEach.call(section.querySelectorAll("tbody[data-y]"), function (body) {
        var count = 0;
        [].forEach.call(body.querySelectorAll("tr[data-n]"), function (row) {
          row.hidden = !rowShown(row, text, level, show);
          count += row.hidden ? 0 : 1;
        });
        body.hidden = !count || Boolean(family && body.dataset.y !== family);
        any += body.hidden ? 0 : count;
        body.querySelector("button span").textContent = count + (count === 1 ? " row" : " rows");
      });
      section.hidden = !columns.length || !any || Boolean(value("protocol") && section.dataset.p !== value("protocol"));
    });
    sheet.textContent = css;
    document.getElementById("none").hidden = tables.some(function (section) { return !section.hidden; });
    stops();
  }

  // A table is one stop for the Tab key; the arrows move inside it.
  function stop(table, link) {
    [].forEach.call(table.querySelectorAll("a[tabindex='0']"), function (one) { one.tabIndex = -1; });
    if (link) link.tabIndex = 0;
  }
  function stops() {
    tables.forEach(function (section) {
      var shown = "tbody[data-y]:not([hidden]):not(.shut) tr[data-n]:not([hidden]) ";
      var here = section.querySelector(shown + "th a[tabindex='0']," + shown + "td a[tabindex='0']");
      if (!here) stop(section, section.querySelector(shown + "th a"));
    });
  }

  function toggle(body, shut) {
    body.classList.toggle("shut", shut);
    body.querySelector("button").setAttribute("aria-expanded", String(!shut));
  }

  function opened() {
    var drawer = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!drawer || !drawer.classList.contains("d")) return;
    var said = drawer.querySelector(".said");
    if (said && cell && cell.hash === location.hash && cell.closest("tbody[data-y]")) {
      said.textContent = cell.closest("tr").querySelector("th a").textContent + ": " + cell.textContent.trim() + (cell.title ? " (" + cell.title + ")" : "");
      said.hidden = false;
    } else if (said) said.hidden = true;
    drawer.focus({ preventScroll: true });
  }

  function close() {
    if (!document.querySelector(".d:target")) return;
    location.hash = "#_";
    if (cell) cell.focus({ preventScroll: true });
  }

  function step(from, down, right) {
    var row = from.closest("tr"), index = [].indexOf.call(row.children, from.parentNode), next = row, box = from.closest("table");
    if (right) {
      for (index += right; row.children[index] && !row.children[index].offsetWidth;) index += right;
    } else {
      var rows = [].filter.call(box.rows, function (one) { return one.offsetHeight && !one.classList.contains("g"); });
      next = rows[rows.indexOf(row) + down];
    }
    var link = next && next.children[index] && next.children[index].querySelector("a");
    if (link) link.focus();
  }

  [].forEach.call(document.querySelectorAll(".t a"), function (link) { link.tabIndex = -1; });
  document.addEventListener("focusin", function (event) {
    var link = event.target.closest(".t a");
    if (link) stop(link.closest(".t"), link);
  });
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  document.getElementById("fold").addEventListener("click", function () {
    var shut = this.getAttribute("aria-pressed") !== "true";
    this.setAttribute("aria-pressed", String(shut));
    this.textContent = shut ? "Unfold all" : "Fold all";
    [].forEach.call(document.querySelectorAll("tbody[data-y]"), function (body) { toggle(body, shut); });
    stops();
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest(".g button"), link = event.target.closest(".t a"), shut = event.target.closest(".x");
    if (button) {
      toggle(button.closest("tbody"), !button.closest("tbody").classList.contains("shut"));
      stops();
    }
    if (link) cell = link;
    if (shut) { event.preventDefault(); close(); }
  });
  document.addEventListener("keydown", function (event) {
    var moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }, move = moves[event.key];
    var link = event.target.closest && event.target.closest(".t a");
    if (event.key === "Escape") close();
    if (move && link) { event.preventDefault(); step(link, move[0], move[1]); }
  });
  window.addEventListener("hashchange", opened);
  apply();
  opened();
})();

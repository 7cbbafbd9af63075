// Readout under the pointer. Texts come formatted from the page; this only finds the nearest day.
"use strict";
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const readout = document.getElementById("readout");
  const iso = (day) => new Date(day * 864e5).toISOString().slice(0, 10);
  const nearest = (days, wanted) => {
    let low = 0, high = days.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (days[middle] < wanted) low = middle + 1; else high = middle;
    }
    return low > 0 && wanted - days[low - 1] < days[low] - wanted ? low - 1 : low;
  };
  const element = (name, role, text) => {
    const made = document.createElement(name);
    made.className = role;
    made.textContent = text;
    return made;
  };
  for (const svg of document.querySelectorAll("svg.plot")) {
    const pointer = svg.querySelector(".pointer");
    const bar = pointer.querySelector("line");
    let hover = null, dots = [];
    const load = () => {
      hover = JSON.parse(svg.dataset.hover);
      dots = hover.l.map((line) => {
        const dot = document.createElementNS(NS, "circle");
        dot.setAttribute("class", "end " + line.c);
        dot.setAttribute("r", "3.5");
        return pointer.appendChild(dot);
      });
    };
    const hide = () => { pointer.setAttribute("visibility", "hidden"); readout.hidden = true; };
    const show = (event) => {
      if (!hover) load();
      const box = svg.getBoundingClientRect();
      const span = Math.max(1, hover.z - hover.a);
      const at = nearest(hover.d, hover.a + (event.clientX - box.left) / box.width * span);
      const x = (hover.d[at] - hover.a) / span * 100 + "%";
      bar.setAttribute("x1", x);
      bar.setAttribute("x2", x);
      hover.l.forEach((line, place) => {
        dots[place].setAttribute("visibility", line.y[at] === null ? "hidden" : "inherit");
        dots[place].setAttribute("cx", x);
        dots[place].setAttribute("cy", line.y[at] ?? 0);
      });
      readout.replaceChildren(element("b", "", iso(hover.d[at])), ...hover.l.flatMap((line) =>
        [element("span", "key " + line.c, line.n), element("span", "", line.s[at])]));
      pointer.setAttribute("visibility", "visible");
      readout.hidden = false;
      const right = event.clientX + 16 + readout.offsetWidth > document.documentElement.clientWidth;
      const left = right ? event.clientX - 16 - readout.offsetWidth : event.clientX + 16;
      readout.style.left = Math.max(4, left) + "px";
      readout.style.top = Math.max(4, event.clientY - readout.offsetHeight - 12) + "px";
    };
    svg.addEventListener("pointermove", show);
    svg.addEventListener("pointerdown", show);
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("pointercancel", hide);
  }
})();

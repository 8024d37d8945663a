// Name a place in HTML as Label Studio does: the XPath of its text node, and the units into it.
export function place(root, units, isEnd = false) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let left = units;
  let last = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    last = node;
    const { length } = node.data;
    if (left < length || (isEnd && left === length)) return { path: pathTo(root, node), offset: left };
    left -= length;
  }
  return { path: last ? pathTo(root, last) : "", offset: last?.data.length ?? 0 };
}

function pathTo(root, node) {
  const steps = [];
  for (let each = node; each !== root; each = each.parentNode) steps.unshift(step(each));
  return `/${steps.join("/")}`;
}

function step(node) {
  const alike = [...node.parentNode.childNodes].filter((each) => each.nodeName === node.nodeName);
  const name = node.nodeType === Node.TEXT_NODE ? "text()" : node.nodeName.toLowerCase();
  return `${name}[${alike.indexOf(node) + 1}]`;
}

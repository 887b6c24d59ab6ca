// Completion of YAML from a JSON schema: the keys and words that may stand where the cursor is, by its indentation.
export function completeFrom(schema, context) {
  if (!schema) return null;
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const value = /^(\s*(?:- )?)([\w-]+):\s+(\[?[\w., -]*)$/.exec(before);
  const word = context.matchBefore(/[\w-]*/);
  if (!context.explicit && word.from === word.to) return null;
  const path = pathTo(context.state.doc, line.number, before);
  if (value) return offer(word, words(nodes(schema, [...path, value[2]])), "");
  if (/^\s*(?:- )?[\w-]*$/.test(before)) return offer(word, keys(nodes(schema, path)), ": ");
  return null;
}

function offer(word, options, after) {
  const found = [...options].map(([label, info]) => ({ label, apply: label + after, info: info || undefined }));
  return found.length ? { from: word.from, options: found, validFor: /^[\w-]*$/ } : null;
}

// The keys that lead to a line, outermost first; `-` stands for an item of a list.
function pathTo(doc, number, before) {
  const path = [];
  let indent = /^\s*/.exec(before)[0].length;
  if (/^\s*- /.test(before)) {
    path.unshift("-");
  }
  for (let at = number - 1; at > 0 && (indent > 0 || path[0] === "-"); at--) {
    const [, spaces, dash, key] = /^(\s*)(- )?([\w-]+)?/.exec(doc.line(at).text) ?? [];
    if (!doc.line(at).text.trim() || doc.line(at).text.trim().startsWith("#")) continue;
    const depth = spaces.length;
    if (dash && depth < indent && path[0] !== "-") {
      path.unshift("-");
      indent = depth;
    } else if (key && depth < indent + (path[0] === "-" ? 1 : 0) && !dash) {
      path.unshift(key);
      indent = depth;
    }
  }
  return path;
}

function nodes(schema, path) {
  let found = [schema];
  for (const step of path) {
    found = found.flatMap((node) => spread(schema, node)).flatMap((node) => {
      if (step === "-") return node.items ? [node.items] : [];
      if (node.properties?.[step]) return [node.properties[step]];
      const open = node.additionalProperties;
      return open && typeof open === "object" ? [open] : Object.values(node.patternProperties ?? {});
    });
  }
  return found.flatMap((node) => spread(schema, node));
}

function spread(schema, node) {
  if (node.$ref) return spread(schema, node.$ref.slice(2).split("/").reduce((at, step) => at?.[step], schema) ?? {});
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return [node, ...inner.flatMap((each) => spread(schema, each))];
}

const keys = (found) => new Map(found.flatMap((node) => Object.entries(node.properties ?? {}).map(([key, made]) => [key, made.description])));

function words(found) {
  const all = found.flatMap((node) => [...(node.enum ?? []), ...(node.const !== undefined ? [node.const] : []), ...(node.items?.enum ?? [])]);
  return new Map(all.filter((each) => each !== null).map((each) => [String(each), ""]));
}

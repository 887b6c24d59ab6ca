// The editor of YAML: CodeMirror, with the product's own findings at their place, and completion from its own schema.
import {
  EditorState, EditorView, HighlightStyle, autocompletion, bracketMatching, completionKeymap, defaultKeymap,
  drawSelection, highlightActiveLine, highlightActiveLineGutter, history, historyKeymap, indentOnInput, keymap,
  lineNumbers, lintGutter, lintKeymap, setDiagnostics, syntaxHighlighting, tags, yaml,
} from "./vendor/codemirror.js";
import { completeFrom } from "./schema.js";

const look = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "transparent", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--ink)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--soft)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--faint) 60%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "9px", overflow: "hidden" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--worse)" },
});
const inks = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--ink)", fontWeight: "600" },
  { tag: [tags.comment, tags.lineComment], color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.string, tags.content, tags.number, tags.bool, tags.atom], color: "var(--accent)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--soft)" },
]);

export function edit(textarea, schema, onChange) {
  const extensions = [
    lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), highlightActiveLine(),
    highlightActiveLineGutter(), yaml(), syntaxHighlighting(inks), look, lintGutter(),
    autocompletion({ override: [(context) => completeFrom(schema, context)], icons: false }),
    keymap.of([...completionKeymap, ...lintKeymap, ...defaultKeymap, ...historyKeymap]),
    EditorView.cspNonce.of(document.querySelector("meta[name=csp-nonce]").content),
    EditorView.contentAttributes.of({ "aria-label": "policies.yaml", spellcheck: "false" }),
    EditorView.updateListener.of((update) => update.docChanged && onChange()),
    EditorState.readOnly.of(textarea.readOnly),
    EditorState.tabSize.of(2),
  ];
  const view = new EditorView({ state: EditorState.create({ doc: textarea.value, extensions }), parent: textarea.parentNode });
  textarea.hidden = true;
  view.scrollDOM.tabIndex = 0;
  view.scrollDOM.setAttribute("role", "group");
  view.scrollDOM.setAttribute("aria-label", "policies.yaml");
  const at = (line, column) => {
    const row = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    return Math.min(row.from + Math.max(column - 1, 0), row.to);
  };
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    goTo: (line, column) => {
      view.dispatch({ selection: { anchor: at(line, column) }, scrollIntoView: true });
      view.focus();
    },
    mark: (findings) => {
      const marks = findings.map(({ line, column, severity, message, suggestion }) => {
        const from = at(line, column);
        const word = /^[^\s:,[\]{}]*/.exec(view.state.doc.sliceString(from, from + 80))[0].length;
        return { from, to: Math.min(from + Math.max(word, 1), view.state.doc.length), severity, message: `${message} ${suggestion}` };
      });
      view.dispatch(setDiagnostics(view.state, marks.sort((one, other) => one.from - other.from)));
    },
  };
}

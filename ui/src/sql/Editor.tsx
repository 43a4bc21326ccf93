import { sql, SQLDialect, type SQLNamespace } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { basicSetup, EditorView } from "codemirror";
import { useEffect, useRef } from "react";
import type { SchemaAnswer } from "../api/types.ts";

const dialect = SQLDialect.define({
  keywords:
    "select from where group by order limit with as and or not in is null like ilike between case when then else end join inner left right full outer cross any all asof using on union distinct having offset settings format prewhere sample array final interval over partition rows range asc desc nulls first last exists describe show explain",
  types:
    "uint8 uint16 uint32 uint64 int8 int16 int32 int64 float32 float64 string fixedstring date datetime datetime64 array map tuple nullable lowcardinality uuid bool",
  doubleQuotedStrings: false,
  hashComments: false,
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--bad)" },
  { tag: tags.comment, color: "var(--ink-3)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--bg)", fontSize: "12.5px", maxHeight: "420px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55" },
  ".cm-content": { minHeight: "150px", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--surface)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-soft)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--ink)",
  },
  ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--ink)" },
});

/** The statement's editor, with the tables' columns as completions. */
export function Editor(props: {
  readonly text: string;
  readonly schema: SchemaAnswer | undefined;
  readonly onChange: (text: string) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const { schema } = props;
  const onChange = useRef(props.onChange);
  const text = useRef(props.text);
  const place = useRef<{ readonly anchor: number; readonly head: number }>(undefined);
  useEffect(() => {
    onChange.current = props.onChange;
    text.current = props.text;
  });

  useEffect(() => {
    if (host.current === null) return;
    // In a shadow root CodeMirror adopts its style sheet instead of writing a style element, which a strict content
    // security policy would refuse.
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const editor = new EditorView({
      doc: text.current,
      parent: root,
      root,
      extensions: [
        basicSetup,
        sql({ dialect, schema: namespace(schema), upperCaseKeywords: true }),
        syntaxHighlighting(colours),
        look,
        EditorView.contentAttributes.of({ "aria-label": "SQL statement" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange.current(update.state.doc.toString());
        }),
      ],
    });
    view.current = editor;
    // Another schema makes another editor, maybe in the middle of a word: whoever types goes on typing.
    const { length } = editor.state.doc;
    const { anchor, head } = place.current ?? { anchor: 0, head: 0 };
    if (place.current !== undefined) {
      editor.dispatch({ selection: { anchor: Math.min(anchor, length), head: Math.min(head, length) } });
      editor.focus();
    }
    return () => {
      text.current = editor.state.doc.toString();
      place.current = editor.hasFocus ? editor.state.selection.main : undefined;
      editor.destroy();
    };
  }, [schema]);

  // A recipe or a link sets another text.
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || editor.state.doc.toString() === props.text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.text } });
  }, [props.text]);

  return <div className="editor" ref={host} />;
}

function namespace(schema: SchemaAnswer | undefined): SQLNamespace {
  return Object.fromEntries([
    ...(schema?.tables ?? []).map((table) => [
      table.name,
      table.columns.map((column) => ({
        label: column.name,
        type: "property",
        detail: column.type,
        info: column.comment,
      })),
    ]),
    ...(schema?.views ?? []).map((view) => [
      view.name,
      view.params.map((param) => ({ label: param.name, detail: param.type })),
    ]),
  ]) as SQLNamespace;
}

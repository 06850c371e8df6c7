import { yaml } from '@codemirror/lang-yaml';
import { basicSetup, EditorView } from 'codemirror';
import { useEffect, useRef } from 'react';
import classes from './yaml-editor.module.css';

interface YamlEditorProps {
  readonly label: string;
  /** What it begins with; afterwards the editor holds the text. */
  readonly initial: string;
  readonly onChange: (text: string) => void;
}

/**
 * A text editor for YAML. It lives in a shadow tree: there its styles are constructed sheets, which
 * the content policy allows, where in the page they would be a style element, which it does not.
 */
export function YamlEditor({ label, initial, onChange }: YamlEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const first = useRef(initial);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (place.current === null) return undefined;
    const root = place.current.shadowRoot ?? place.current.attachShadow({ mode: 'open' });
    const view = new EditorView({
      doc: first.current,
      root,
      parent: root,
      extensions: [
        basicSetup,
        yaml(),
        colours,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) latest.current(update.state.doc.toString());
        }),
      ],
    });
    return () => view.destroy();
  }, [label]);
  return <div ref={place} className={classes['editor']} />;
}

/** Variables of the page reach into the shadow tree. */
const colours = EditorView.theme({
  '&': { color: 'var(--mantine-color-text)', backgroundColor: 'var(--card)', fontSize: '13px' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)', minHeight: '12rem' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': {
    color: 'var(--mantine-color-dimmed)',
    backgroundColor: 'var(--raised)',
    border: 'none',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--raised)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--probing-ground)',
  },
  // The colours of the default highlighting do not suit both grounds.
  '.cm-line, .cm-line span': { color: 'var(--mantine-color-text)' },
});

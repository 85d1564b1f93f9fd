export const VIEWS = ['graph', 'timeline', 'project', 'log', 'machines', 'workers'] as const;
export type View = (typeof VIEWS)[number];

/** What the page shows, kept in its address, so that it can be linked to and gone back from. */
export interface PagePlace {
  readonly view: View;
  readonly run?: string | undefined;
  readonly project?: string | undefined;
  readonly step?: string | undefined;
  readonly attempt?: number | undefined;
  /** One that another program has sent: its session. */
  readonly actor?: string | undefined;
  /** Of the log, counted from 1. */
  readonly line?: number | undefined;
}

/** The place that the part of an address behind its `#` names. */
export function placeOf(hash: string): PagePlace {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const view = VIEWS.find((each) => each === words.get('view')) ?? 'graph';
  const word = (name: 'run' | 'project' | 'step' | 'actor'): object =>
    words.get(name) ? { [name]: words.get(name) } : {};
  const number = (name: 'attempt' | 'line'): object => {
    const value = Number(words.get(name));
    return Number.isSafeInteger(value) && value > 0 ? { [name]: value } : {};
  };
  return {
    view,
    ...word('run'),
    ...word('project'),
    ...word('step'),
    ...word('actor'),
    ...number('attempt'),
    ...number('line'),
  };
}

export function hashOf(place: PagePlace): string {
  const words = Object.entries(place).filter(([, value]) => value !== undefined);
  return `#${new URLSearchParams(words.map(([name, value]) => [name, String(value)])).toString()}`;
}

import { el } from './dom.ts';

const CLOSEST = 2;
const FARTHEST = 0.04;
const MARGIN = 24;
const TOO_SMALL_FOR_WORDS = 0.3;
const TOO_SMALL_FOR_NOTES = 0.55;

/** Lets a picture be dragged, and made larger and smaller by the wheel and by buttons. */
export function panAndZoom(
  picture: SVGElement,
  layer: SVGElement,
): {
  readonly buttons: HTMLElement;
  /** Shows all of a picture of this size, but nothing larger than it is. */
  readonly fit: (size: { readonly width: number; readonly height: number }) => void;
} {
  let scale = 1;
  let x = 0;
  let y = 0;
  let size = { width: 0, height: 0 };
  const apply = (): void => {
    layer.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`);
    // What is too small to be read is not drawn: of a thousand boxes the words are most of the work.
    layer.setAttribute(
      'class',
      scale < TOO_SMALL_FOR_WORDS ? 'is-far' : scale < TOO_SMALL_FOR_NOTES ? 'is-far-off' : '',
    );
  };
  const zoomAt = (factor: number, point: { readonly x: number; readonly y: number }): void => {
    const next = Math.min(CLOSEST, Math.max(FARTHEST, scale * factor));
    x = point.x - ((point.x - x) * next) / scale;
    y = point.y - ((point.y - y) * next) / scale;
    scale = next;
    apply();
  };
  const middle = (): { x: number; y: number } => ({ x: picture.clientWidth / 2, y: picture.clientHeight / 2 });
  const fitAll = (): void => {
    const { clientWidth, clientHeight } = picture;
    scale = Math.min(
      1,
      (clientWidth - 2 * MARGIN) / Math.max(1, size.width),
      (clientHeight - 2 * MARGIN) / Math.max(1, size.height),
    );
    scale = Math.max(FARTHEST, scale);
    x = Math.max(MARGIN, (clientWidth - size.width * scale) / 2);
    y = Math.max(MARGIN, (clientHeight - size.height * scale) / 2);
    apply();
  };
  picture.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const box = picture.getBoundingClientRect();
      zoomAt(Math.exp(-event.deltaY / 400), { x: event.clientX - box.left, y: event.clientY - box.top });
    },
    { passive: false },
  );
  picture.addEventListener('pointerdown', (down) => {
    const start = { x: down.clientX - x, y: down.clientY - y };
    let dragged = false;
    const move = (event: PointerEvent): void => {
      if (!dragged && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 4) return;
      if (!dragged) picture.setPointerCapture(down.pointerId);
      dragged = true;
      x = event.clientX - start.x;
      y = event.clientY - start.y;
      apply();
    };
    const end = (): void => {
      picture.removeEventListener('pointermove', move);
      // A picture that was dragged was not clicked.
      if (!dragged) return;
      const swallow = (event: Event): void => event.stopPropagation();
      addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener('click', swallow, { capture: true }));
    };
    picture.addEventListener('pointermove', move);
    addEventListener('pointerup', end, { once: true });
  });
  const small = (title: string, sign: string, act: () => void): HTMLElement =>
    el('button', { type: 'button', class: 'small', 'aria-label': title, title, onclick: act }, sign);
  return {
    buttons: el(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Size' },
      small('Larger', '+', () => zoomAt(1.3, middle())),
      small('Smaller', '−', () => zoomAt(1 / 1.3, middle())),
      small('All', '⤢', fitAll),
    ),
    fit: (given) => {
      size = given;
      fitAll();
    },
  };
}

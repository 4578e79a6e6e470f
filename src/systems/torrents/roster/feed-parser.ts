/** The items of an RSS or Atom feed, also of one that is not well-formed. Loaded when a feed is fetched. */
import { DomHandler, DomUtils, Parser } from 'htmlparser2';
import { ShoalError } from '../../../ground/errors.ts';

const MAX_ITEMS = 2000;
/** Feeds that hold whole pages of XHTML have a few dozen. */
const MAX_DEPTH = 256;

export interface FeedItem {
  /** Tells it from others, also when the feed is fetched again. */
  readonly id: string;
  readonly title: string;
  readonly link: string;
}

type Element = ReturnType<typeof DomUtils.getElementsByTagName>[number];

/** The links to torrents in a feed: enclosures before links. */
export function parseFeed(text: string): FeedItem[] {
  return entriesOf(parseXml(text)).flatMap((entry) => {
    const textOf = (name: string): string => {
      const [found] = DomUtils.getElementsByTagName(name, entry.children, true, 1);
      return found === undefined ? '' : DomUtils.textContent(found).trim();
    };
    const link = linkOf(entry, textOf);
    if (link === undefined) return [];
    return [{ id: textOf('guid') || textOf('id') || link, title: textOf('title'), link }];
  });
}

/** @throws ShoalError fetch-failed when it nests too deeply: the parser's time grows with the square of the depth */
function parseXml(text: string): DomHandler['dom'] {
  const options = { xmlMode: true };
  const handler = new DomHandler(undefined, options);
  let depth = 0;
  const parser = new Parser(
    {
      onparserinit: (own) => handler.onparserinit(own),
      onopentag: (name, attributes) => {
        if (++depth > MAX_DEPTH)
          throw new ShoalError('fetch-failed', 'the feed nests its elements too deeply');
        handler.onopentag(name, attributes);
      },
      onclosetag: () => {
        depth--;
        handler.onclosetag();
      },
      ontext: (data) => handler.ontext(data),
      oncdatastart: () => handler.oncdatastart(),
      oncdataend: () => handler.oncdataend(),
      onend: () => handler.onend(),
    },
    options,
  );
  parser.end(text);
  return handler.dom;
}

/** Entries that stand in no other: feeds do not nest them, and each is searched as a whole. */
function entriesOf(nodes: DomHandler['dom']): Element[] {
  const found: Element[] = [];
  const left = nodes.toReversed();
  while (left.length > 0 && found.length < MAX_ITEMS) {
    const node = left.pop()!;
    if (!('attribs' in node)) continue;
    if (node.name === 'item' || node.name === 'entry') found.push(node);
    else for (const child of node.children.toReversed()) left.push(child);
  }
  return found;
}

function linkOf(entry: Element, textOf: (name: string) => string): string | undefined {
  const attributes = (name: string, attribute: string): string[] =>
    DomUtils.getElementsByTagName(name, entry.children, true).map(
      (element) => element.attribs[attribute] ?? '',
    );
  const candidates = [
    textOf('torrent:magnetURI'),
    textOf('magnetURI'),
    ...attributes('enclosure', 'url'),
    ...attributes('media:content', 'url'),
    ...attributes('link', 'href'),
    textOf('link'),
    textOf('guid'),
  ];
  const usable = candidates.filter((link) => /^(magnet:\?|https?:\/\/)/i.test(link));
  return usable.find((link) => link.startsWith('magnet:')) ?? usable[0];
}

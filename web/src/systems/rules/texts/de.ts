/** What the view of rules says, in German. */
import { plural } from '../../../shell/texts/plural.ts';
import type { RuleMessages } from './en.ts';

const count = (forms: Readonly<Record<string, string>>) => (n: number) => plural('de', n, forms);

export const de: RuleMessages = {
  rules: 'Regeln',
  rulesHint:
    'Was nicht geholt, angeboten oder angesprochen wird. Alles bleibt auf diesem Rechner: Niemand erfährt, was du sperrst oder was abgewiesen wurde.',
  addRule: 'Sperren, erlauben oder prüfen',
  addRuleHint:
    'Die Adresse einer Liste, ein Info-Hash oder Magnet-Link, eine IP-Adresse oder ein Block wie 10.0.0.0/8, oder /ipfs/CID. Eine Liste wird täglich gelesen.',
  what: 'Liste, Link, Hash oder Adresse',
  reason: 'Grund',
  key: 'Schlüssel der Signatur, bei signierten Listen',
  deny: 'Sperren',
  allow: 'Erlauben',
  check: 'Prüfen',
  lists: 'Listen',
  noLists: 'Keine Listen',
  ruleCount: count({ one: '1 Regel', other: '# Regeln' }),
  readAt: (when) => `gelesen ${when}`,
  signed: 'signiert',
  off: 'aus',
  unusedLines: count({ one: '1 Zeile ist nicht lesbar', other: '# Zeilen sind nicht lesbar' }),
  lineOf: (line, message) => `Zeile ${line}: ${message}`,
  refresh: 'Neu lesen',
  ownRules: 'Deine eigenen Regeln',
  noOwnRules: 'Keine',
  effects: { deny: 'gesperrt', allow: 'erlaubt', banned: 'verbannt' },
  refused: 'Was abgewiesen wurde',
  nothingRefused: 'Nichts wurde abgewiesen',
  times: count({ one: 'einmal', other: '#-mal' }),
  byList: (list, reason) => (reason === '' ? list : `${list}: ${reason}`),
  forget: 'Vergessen',
  occasions: {
    add: 'Hinzufügen',
    share: 'eine Freigabe',
    handshake: 'ein Peer, der danach fragte',
    peer: 'ein Peer',
    datagram: 'ein Paket',
    web: 'eine Web-Adresse',
    tracker: 'unser Tracker',
    dht: 'das DHT',
    lsd: 'das lokale Netz',
  },
  isDenied: (subject, list, reason) =>
    `${subject} ist gesperrt durch ${list}${reason === '' ? '' : `: ${reason}`}`,
  isAllowed: (subject) => `${subject} ist erlaubt`,
  done: (what) => `Erledigt: ${what}`,
  rulesText:
    'Bestimmen, was Shoal nicht holt, nicht anbietet und nicht anspricht: durch Sperrlisten und eigene Regeln.',
};

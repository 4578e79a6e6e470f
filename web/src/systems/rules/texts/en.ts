/** What the view of rules says, in English. */
import { plural } from '../../../shell/texts/plural.ts';

const count = (forms: Readonly<Record<string, string>>) => (n: number) => plural('en', n, forms);

export interface RuleMessages {
  readonly rules: string;
  /** What the system does. */
  readonly rulesText: string;
  readonly rulesHint: string;
  readonly addRule: string;
  readonly addRuleHint: string;
  readonly what: string;
  readonly reason: string;
  readonly key: string;
  readonly deny: string;
  readonly allow: string;
  readonly check: string;
  readonly lists: string;
  readonly noLists: string;
  readonly ruleCount: (n: number) => string;
  readonly readAt: (when: string) => string;
  readonly signed: string;
  readonly off: string;
  readonly unusedLines: (n: number) => string;
  readonly lineOf: (line: number, message: string) => string;
  readonly refresh: string;
  readonly ownRules: string;
  readonly noOwnRules: string;
  readonly effects: Readonly<Record<'deny' | 'allow' | 'banned', string>>;
  readonly refused: string;
  readonly nothingRefused: string;
  readonly times: (n: number) => string;
  readonly byList: (list: string, reason: string) => string;
  readonly forget: string;
  readonly occasions: Readonly<Record<string, string>>;
  readonly isDenied: (subject: string, list: string, reason: string) => string;
  readonly isAllowed: (subject: string) => string;
  readonly done: (what: string) => string;
}

export const en: RuleMessages = {
  rules: 'Rules',
  rulesHint:
    'What is not fetched, served or talked to. It stays on this machine: nobody is told what you deny, or what was refused.',
  addRule: 'Deny, allow or check',
  addRuleHint:
    'The address of a list, an info hash or magnet link, an IP address or a block such as 10.0.0.0/8, or /ipfs/CID. A list is read every day.',
  what: 'List, link, hash or address',
  reason: 'Reason',
  key: 'Key of the signature, for a signed list',
  deny: 'Deny',
  allow: 'Allow',
  check: 'Check',
  lists: 'Lists',
  noLists: 'No lists',
  ruleCount: count({ one: '1 rule', other: '# rules' }),
  readAt: (when) => `read ${when}`,
  signed: 'signed',
  off: 'off',
  unusedLines: count({ one: '1 line could not be used', other: '# lines could not be used' }),
  lineOf: (line, message) => `Line ${line}: ${message}`,
  refresh: 'Read again',
  ownRules: 'Your own rules',
  noOwnRules: 'None',
  effects: { deny: 'denied', allow: 'allowed', banned: 'banned' },
  refused: 'What was refused',
  nothingRefused: 'Nothing was refused',
  times: count({ one: 'once', other: '# times' }),
  byList: (list, reason) => (reason === '' ? list : `${list}: ${reason}`),
  forget: 'Forget it',
  occasions: {
    add: 'adding',
    share: 'a share',
    handshake: 'a peer that asked for it',
    peer: 'a peer',
    datagram: 'a packet',
    web: 'a web address',
    tracker: 'our tracker',
    dht: 'the DHT',
    lsd: 'the local network',
  },
  isDenied: (subject, list, reason) => `${subject} is denied by ${list}${reason === '' ? '' : `: ${reason}`}`,
  isAllowed: (subject) => `${subject} is allowed`,
  done: (what) => `Done: ${what}`,
  rulesText: 'Choose what Shoal does not fetch, serve or talk to, by deny lists and by rules of your own.',
};

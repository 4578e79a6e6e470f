/** What the view of rules says, in Spanish. */
import { plural } from '../../../shell/texts/plural.ts';
import type { RuleMessages } from './en.ts';

const count = (forms: Readonly<Record<string, string>>) => (n: number) => plural('es', n, forms);

export const es: RuleMessages = {
  rules: 'Reglas',
  rulesHint:
    'Lo que no se descarga, no se sirve y con lo que no se habla. Todo queda en este equipo: nadie sabe qué bloqueas ni qué se rechazó.',
  addRule: 'Bloquear, permitir o comprobar',
  addRuleHint:
    'La dirección de una lista, un hash o enlace magnet, una dirección IP o un bloque como 10.0.0.0/8, o /ipfs/CID. Una lista se lee cada día.',
  what: 'Lista, enlace, hash o dirección',
  reason: 'Motivo',
  key: 'Clave de la firma, si la lista está firmada',
  deny: 'Bloquear',
  allow: 'Permitir',
  check: 'Comprobar',
  lists: 'Listas',
  noLists: 'No hay listas',
  ruleCount: count({ one: '1 regla', other: '# reglas' }),
  readAt: (when) => `leída ${when}`,
  signed: 'firmada',
  off: 'desactivada',
  unusedLines: count({ one: '1 línea no se puede usar', other: '# líneas no se pueden usar' }),
  lineOf: (line, message) => `Línea ${line}: ${message}`,
  refresh: 'Leer de nuevo',
  ownRules: 'Tus propias reglas',
  noOwnRules: 'Ninguna',
  effects: { deny: 'bloqueado', allow: 'permitido', banned: 'vetado' },
  refused: 'Lo que se rechazó',
  nothingRefused: 'No se rechazó nada',
  times: count({ one: 'una vez', other: '# veces' }),
  byList: (list, reason) => (reason === '' ? list : `${list}: ${reason}`),
  forget: 'Olvidarlo',
  occasions: {
    add: 'al añadir',
    share: 'un contenido compartido',
    handshake: 'un par que lo pidió',
    peer: 'un par',
    datagram: 'un paquete',
    web: 'una dirección web',
    tracker: 'nuestro tracker',
    dht: 'la DHT',
    lsd: 'la red local',
  },
  isDenied: (subject, list, reason) =>
    `${subject} está bloqueado por ${list}${reason === '' ? '' : `: ${reason}`}`,
  isAllowed: (subject) => `${subject} está permitido`,
  done: (what) => `Hecho: ${what}`,
  rulesText:
    'Elegir qué no descarga ni sirve Shoal y con quién no habla, con listas de bloqueo y reglas propias.',
};

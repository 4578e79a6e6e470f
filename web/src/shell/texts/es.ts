/** What the shell says, in Spanish. */
import type { ShellMessages } from './en.ts';

export const es: ShellMessages = {
  add: 'Añadir',
  remove: 'Quitar',
  cancel: 'Cancelar',
  close: 'Cerrar',
  back: 'Atrás',
  next: 'Siguiente',
  save: 'Guardar',
  saved: 'Guardado',
  retry: 'Reintentar',
  search: 'Buscar',
  settings: 'Ajustes',
  details: 'Detalles',
  noLimit: 'Sin límite',
  kibibytes: 'KiB/s',
  notWhole: 'Un número entero, o vacío',
  notNumber: 'Un número mayor que cero, o vacío',
  atLeast: (n) => `Un número entero desde ${n}, o vacío`,
  offline:
    'Shoal no responde. Quizá no esté en marcha: inícialo con «shoal up». Esta página vuelve a intentarlo sola.',
  connecting: 'Conectando',
  noAnswer: 'Shoal no responde. Quizá no esté en marcha.',
  signInTitle: 'Iniciar sesión',
  signInText:
    'Shoal pide su clave. «shoal open» abre la página con ella; está en el archivo api-token de la carpeta de estado.',
  token: 'Clave',
  signIn: 'Entrar',
  failed: (why) => `No ha funcionado: ${why}`,
  setPage: 'Esta página',
  setLanguage: 'Idioma',
  setTheme: 'Aspecto',
  themes: { system: 'Como el sistema', light: 'Claro', dark: 'Oscuro' },
};

/** Labels and sentences of the settings of torrents, in Spanish. */
import type { TorrentSettingTexts } from './en.ts';

export const es: TorrentSettingTexts = {
  downloadLimit: {
    label: 'Límite de bajada',
    hint: 'Todo junto no se descarga más rápido. Vacío: sin límite.',
  },
  uploadLimit: {
    label: 'Límite de subida',
    hint: 'Todo junto no se sube más rápido. Vacío: sin límite.',
  },
  isSlow: {
    label: 'Modo lento',
    hint: 'Los límites lentos se aplican hasta que lo desactives.',
  },
  slowDownloadLimit: {
    label: 'Bajada lenta',
    hint: 'Sustituye al límite de bajada mientras Shoal va lento.',
  },
  slowUploadLimit: {
    label: 'Subida lenta',
    hint: 'Sustituye al límite de subida mientras Shoal va lento.',
  },
  schedule: {
    label: 'Horario',
    hint: 'A estas horas Shoal usa los límites lentos o pausa todo.',
  },
  meteredInterfaces: {
    label: 'Interfaces de red',
    hint: 'Interfaces cuyo tráfico cuesta dinero, separadas por comas. Ejemplo: wwan0',
  },
  onMetered: {
    label: 'En una conexión de uso medido',
    hint: 'Lo que hace Shoal mientras llega a Internet por una de estas interfaces.',
    options: { slow: 'Lento', pause: 'Pausar' },
  },
  startsAdded: {
    label: 'Empezar enseguida',
    hint: 'Si no, un elemento nuevo queda en pausa hasta que lo reanudes.',
  },
  maxDownloads: {
    label: 'Descargas a la vez',
    hint: 'Los demás elementos esperan su turno. Vacío: se descargan todos.',
  },
  maxSeeds: {
    label: 'Compartidos a la vez',
    hint: 'Los demás elementos esperan su turno. Vacío: se comparten todos.',
  },
  stalledMinutes: {
    label: 'Liberar el sitio tras minutos sin progreso',
    hint: 'Un elemento que no mueve datos durante ese tiempo deja sitio al siguiente. Vacío: lo conserva.',
  },
  ratioGoal: {
    label: 'Pausar tras enviar tantas veces su tamaño',
    hint: 'Con 2, Shoal pausa un elemento que ha enviado el doble del tamaño de sus archivos deseados, en todos los inicios juntos. Vacío: sin meta.',
  },
  seedingGoal: {
    label: 'Pausar tras minutos compartiendo',
    hint: 'Cuentan los minutos de todos los inicios juntos. Vacío: sin meta.',
  },
  idleGoal: {
    label: 'Pausar tras minutos sin peticiones',
    hint: 'Cuentan los minutos en que nadie descarga del elemento. Vacío: sin meta.',
  },
  maxPeers: {
    label: 'Pares de todo junto',
    hint: 'Shoal no mantiene más conexiones. Vacío: sin límite propio.',
  },
  maxPeersEach: {
    label: 'Pares de cada elemento',
    hint: 'Ningún elemento mantiene más conexiones.',
  },
  usesDht: {
    label: 'Encontrar pares sin rastreadores (DHT)',
    hint: 'La DHT es un directorio que los pares mantienen juntos, sin servidor. Las publicaciones la necesitan.',
  },
  usesLsd: {
    label: 'Encontrar pares en la red local',
    hint: 'Shoal pregunta en la red local quién tiene los mismos elementos.',
  },
  usesPex: {
    label: 'Intercambiar direcciones con pares (PEX)',
    hint: 'Los pares conectados se dan a conocer otros pares.',
  },
  encryption: {
    label: 'Conexiones cifradas',
    hint: 'El cifrado oculta que una conexión es de BitTorrent. No guarda ningún secreto ante quien conoce el elemento. Un cambio vale para las conexiones nuevas.',
    options: {
      off: 'Desactivado',
      allowed: 'Donde un par lo exige',
      preferred: 'Donde un par puede',
      required: 'Siempre, o sin conexión',
    },
  },
  usesTcp: {
    label: 'Intercambiar datos por TCP',
    hint: 'La mayoría de los pares puede hacerlo. TCP compite por la línea con el resto del tráfico.',
  },
  usesUtp: {
    label: 'Intercambiar datos por uTP',
    hint: 'uTP usa lo que el resto del tráfico deja de la línea, y llega a pares a los que TCP no llega.',
  },
  peerPort: {
    label: 'Puerto para pares',
    hint: 'Los pares llegan a Shoal por este puerto, desde el próximo inicio. Vacío: el puerto habitual.',
  },
  bannedAddresses: {
    label: 'Direcciones de pares que se evitan',
    hint: 'Shoal no habla con estas direcciones. Se separan con comas.',
  },
  usesBlocklist: {
    label: 'Rechazar las direcciones de una lista de bloqueo',
    hint: 'Shoal no habla con las direcciones de la lista de abajo.',
  },
  blocklistUrl: {
    label: 'Dirección de la lista',
    hint: 'Shoal descarga la lista de aquí y la lee de nuevo cada día.',
  },
  mayReachPrivate: {
    label: 'Permitir que canales y torrents nombren direcciones de tu propia red',
    hint: 'Si está desactivado, una dirección escrita por un extraño no puede llevar a equipos de tu red.',
  },
  downloadDir: {
    label: 'Carpeta para lo descargado',
    hint: 'Aquí va lo descargado. Vacío: la carpeta del inicio.',
  },
  incompleteDir: {
    label: 'Carpeta para archivos incompletos',
    hint: 'Aquí están los elementos mientras se descargan. Vacío: donde se quedan.',
  },
  doneDir: {
    label: 'Mover los elementos completos a',
    hint: 'Los elementos completos pasan aquí. Vacío: se quedan donde están.',
  },
  watchDir: {
    label: 'Añadir los archivos torrent que aparezcan en',
    hint: 'Shoal añade cada archivo torrent que aparezca aquí. Vacío: no vigila ninguna carpeta.',
  },
  removesWatched: {
    label: 'Borrar después estos archivos torrent',
    hint: 'Si no, Shoal añade «.added» a sus nombres.',
  },
  cacheSize: {
    label: 'Caché de subida (MiB)',
    hint: 'Shoal guarda en memoria como máximo estos datos para enviarlos otra vez.',
  },
  minFreeBytes: {
    label: 'Dejar de descargar si queda menos espacio libre (GiB)',
    hint: 'Shoal continúa cuando vuelve a haber espacio. Vacío: descarga hasta llenar el disco.',
  },
  labels: {
    label: 'Etiquetas',
    hint: 'Una etiqueta puede tener carpeta y límites propios.',
  },
  tags: {
    label: 'Otras etiquetas para elegir, separadas por comas',
    hint: 'La página y otros programas las ofrecen aunque ningún elemento las tenga.',
  },
  feeds: {
    label: 'Canales',
    hint: 'Shoal añade las entradas de un canal RSS o Atom cuyos títulos tienen todas estas palabras. Un menos delante de una palabra la excluye.',
  },
  feedMinutes: {
    label: 'Minutos entre dos consultas de un canal',
    hint: 'Cinco o más. Cada canal se consulta con esta frecuencia.',
  },
};

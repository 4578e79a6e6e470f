/** Labels and sentences of the settings of torrents, in German. */
import type { TorrentSettingTexts } from './en.ts';

export const de: TorrentSettingTexts = {
  downloadLimit: {
    label: 'Grenze herunter',
    hint: 'Alle Freigaben zusammen laden nicht schneller herunter. Leer: keine Grenze.',
  },
  uploadLimit: {
    label: 'Grenze hinauf',
    hint: 'Alle Freigaben zusammen laden nicht schneller hinauf. Leer: keine Grenze.',
  },
  isSlow: {
    label: 'Langsam',
    hint: 'Die langsamen Grenzen gelten, bis du es abschaltest.',
  },
  slowDownloadLimit: {
    label: 'Langsam herunter',
    hint: 'Gilt statt der Grenze herunter, solange Shoal langsam ist.',
  },
  slowUploadLimit: {
    label: 'Langsam hinauf',
    hint: 'Gilt statt der Grenze hinauf, solange Shoal langsam ist.',
  },
  schedule: {
    label: 'Zeiten',
    hint: 'Zu diesen Stunden nutzt Shoal die langsamen Grenzen oder hält alle Freigaben an.',
  },
  meteredInterfaces: {
    label: 'Netzwerkschnittstellen',
    hint: 'Schnittstellen, deren Verkehr Geld kostet, durch Kommas getrennt. Beispiel: wwan0',
  },
  onMetered: {
    label: 'Bei getakteter Verbindung',
    hint: 'Was Shoal tut, solange es das Internet über eine solche Schnittstelle erreicht.',
    options: { slow: 'Langsam', pause: 'Anhalten' },
  },
  startsAdded: {
    label: 'Sofort starten',
    hint: 'Sonst bleibt eine neue Freigabe angehalten, bis du sie fortsetzt.',
  },
  maxDownloads: {
    label: 'Zugleich holen',
    hint: 'Weitere Freigaben warten, bis sie dran sind. Leer: Alle werden geholt.',
  },
  maxSeeds: {
    label: 'Zugleich teilen',
    hint: 'Weitere Freigaben warten, bis sie dran sind. Leer: Alle werden geteilt.',
  },
  stalledMinutes: {
    label: 'Platz freigeben nach Minuten ohne Fortschritt',
    hint: 'Eine Freigabe, die so lange keine Daten bewegt, macht der nächsten Platz. Leer: Sie behält ihn.',
  },
  ratioGoal: {
    label: 'Anhalten, wenn dieses Vielfache der Größe gesendet wurde',
    hint: 'Bei 2 hält Shoal eine Freigabe an, die das Doppelte ihrer gewünschten Dateien gesendet hat, in allen Läufen zusammen. Leer: kein Ziel.',
  },
  seedingGoal: {
    label: 'Anhalten nach Minuten des Teilens',
    hint: 'Die Minuten aller Läufe zählen zusammen. Leer: kein Ziel.',
  },
  idleGoal: {
    label: 'Anhalten nach Minuten ohne Anfrage',
    hint: 'Die Minuten zählen, solange niemand von der Freigabe holt. Leer: kein Ziel.',
  },
  maxPeers: {
    label: 'Peers aller Freigaben zusammen',
    hint: 'Shoal hält nicht mehr Verbindungen. Leer: keine eigene Grenze.',
  },
  maxPeersEach: {
    label: 'Peers jeder Freigabe',
    hint: 'Keine Freigabe hält mehr Verbindungen.',
  },
  usesDht: {
    label: 'Peers ohne Tracker finden (DHT)',
    hint: 'Die DHT ist ein Verzeichnis, das Peers gemeinsam führen, ohne Server. Veröffentlichungen brauchen sie.',
  },
  usesLsd: {
    label: 'Peers im lokalen Netz finden',
    hint: 'Shoal fragt im lokalen Netz herum, wer dieselben Freigaben hat.',
  },
  usesPex: {
    label: 'Adressen mit Peers austauschen (PEX)',
    hint: 'Verbundene Peers nennen einander weitere Peers.',
  },
  encryption: {
    label: 'Verschlüsselte Verbindungen',
    hint: 'Die Verschlüsselung verbirgt, dass eine Verbindung BitTorrent ist. Vor jemandem, der die Freigabe kennt, schützt sie nicht. Eine Änderung gilt für neue Verbindungen.',
    options: {
      off: 'Aus',
      allowed: 'Wo ein Peer darauf besteht',
      preferred: 'Wo ein Peer es kann',
      required: 'Immer, sonst keine Verbindung',
    },
  },
  usesTcp: {
    label: 'Daten über TCP austauschen',
    hint: 'Das können die meisten Peers. TCP streitet mit anderem Verkehr um die Leitung.',
  },
  usesUtp: {
    label: 'Daten über uTP austauschen',
    hint: 'uTP nimmt, was anderer Verkehr von der Leitung übrig lässt, und erreicht Peers, die TCP nicht erreicht.',
  },
  peerPort: {
    label: 'Port für Peers',
    hint: 'Peers erreichen Shoal über diesen Port, vom nächsten Start an. Leer: der übliche Port.',
  },
  bannedAddresses: {
    label: 'Adressen von Peers, die gemieden werden',
    hint: 'Shoal spricht nicht mit diesen Adressen. Kommas trennen sie.',
  },
  usesBlocklist: {
    label: 'Adressen einer Sperrliste ablehnen',
    hint: 'Shoal spricht nicht mit den Adressen der Liste darunter.',
  },
  blocklistUrl: {
    label: 'Adresse der Liste',
    hint: 'Shoal holt die Liste von hier und liest sie täglich neu.',
  },
  mayReachPrivate: {
    label: 'Feeds und Torrents dürfen Adressen im eigenen Netz nennen',
    hint: 'Ist es aus, kann die Adresse eines Fremden nicht zu Geräten in deinem Netz führen.',
  },
  downloadDir: {
    label: 'Ordner für geholte Dateien',
    hint: 'Geholte Dateien kommen hierher. Leer: der Ordner des Starts.',
  },
  incompleteDir: {
    label: 'Ordner für unvollständige Dateien',
    hint: 'Hier liegen Freigaben, während Shoal sie holt. Leer: dort, wo sie bleiben.',
  },
  doneDir: {
    label: 'Vollständige Freigaben verschieben nach',
    hint: 'Vollständige Freigaben ziehen hierher um. Leer: Sie bleiben, wo sie sind.',
  },
  watchDir: {
    label: 'Torrent-Dateien hinzufügen, die hier erscheinen',
    hint: 'Shoal fügt jede Torrent-Datei hinzu, die hier erscheint. Leer: Es beobachtet keinen Ordner.',
  },
  removesWatched: {
    label: 'Diese Torrent-Dateien danach löschen',
    hint: 'Sonst hängt Shoal „.added“ an ihre Namen.',
  },
  cacheSize: {
    label: 'Zwischenspeicher für Gesendetes (MiB)',
    hint: 'So viel Daten hält Shoal höchstens im Speicher, um sie nochmals zu senden.',
  },
  minFreeBytes: {
    label: 'Nicht mehr holen, wenn weniger Platz frei ist (GiB)',
    hint: 'Shoal macht weiter, wenn wieder Platz ist. Leer: Es holt, bis der Datenträger voll ist.',
  },
  labels: {
    label: 'Etiketten',
    hint: 'Ein Etikett kann einen eigenen Ordner und eigene Grenzen haben.',
  },
  tags: {
    label: 'Weitere Etiketten zur Auswahl, durch Kommas getrennt',
    hint: 'Die Seite und andere Programme bieten sie an, auch wenn keine Freigabe sie hat.',
  },
  feeds: {
    label: 'Feeds',
    hint: 'Shoal fügt Einträge eines RSS- oder Atom-Feeds hinzu, deren Titel all diese Wörter haben. Ein Minus vor einem Wort schließt es aus.',
  },
  feedMinutes: {
    label: 'Minuten zwischen zwei Abrufen eines Feeds',
    hint: 'Fünf oder mehr. So oft wird jeder Feed geholt.',
  },
};

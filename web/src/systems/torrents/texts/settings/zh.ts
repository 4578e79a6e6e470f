/** Labels and sentences of the settings of torrents, in Chinese. */
import type { TorrentSettingTexts } from './en.ts';

export const zh: TorrentSettingTexts = {
  downloadLimit: {
    label: '下载限速',
    hint: '所有分享合计的下载速度不超过此值。留空则不限。',
  },
  uploadLimit: {
    label: '上传限速',
    hint: '所有分享合计的上传速度不超过此值。留空则不限。',
  },
  isSlow: {
    label: '慢速模式',
    hint: '使用慢速限制，直到你关闭它。',
  },
  slowDownloadLimit: {
    label: '慢速下载',
    hint: '慢速时代替下载限速。',
  },
  slowUploadLimit: {
    label: '慢速上传',
    hint: '慢速时代替上传限速。',
  },
  schedule: {
    label: '时间表',
    hint: '在这些时段，Shoal 使用慢速限制或暂停所有分享。',
  },
  meteredInterfaces: {
    label: '网络接口',
    hint: '流量需付费的网络接口，以逗号分隔。例如：wwan0',
  },
  onMetered: {
    label: '使用按流量计费的线路时',
    hint: 'Shoal 经由这类接口上网时的做法。',
    options: { slow: '慢速', pause: '暂停' },
  },
  startsAdded: {
    label: '立即开始',
    hint: '否则新的分享保持暂停，直到你继续它。',
  },
  maxDownloads: {
    label: '同时下载',
    hint: '超出的分享排队等待。留空则全部同时下载。',
  },
  maxSeeds: {
    label: '同时分享',
    hint: '超出的分享排队等待。留空则全部同时分享。',
  },
  stalledMinutes: {
    label: '多少分钟无进展后让出位置',
    hint: '这么久没有传输数据的分享让位给下一个。留空则保留位置。',
  },
  ratioGoal: {
    label: '发送量达到自身大小的此倍数后暂停',
    hint: '设为 2 时，历次运行的上传总量达到所需文件大小两倍的分享会被暂停。留空则不设目标。',
  },
  seedingGoal: {
    label: '分享多少分钟后暂停',
    hint: '历次运行的时间合并计算。留空则不设目标。',
  },
  idleGoal: {
    label: '多少分钟无请求后暂停',
    hint: '无人从该分享下载时开始计时。留空则不设目标。',
  },
  maxPeers: {
    label: '所有分享的节点合计',
    hint: 'Shoal 保持的连接总数不超过此值。留空则不另设限制。',
  },
  maxPeersEach: {
    label: '每个分享的节点',
    hint: '每个分享的连接数不超过此值。',
  },
  usesDht: {
    label: '无需 Tracker 寻找节点 (DHT)',
    hint: 'DHT 是由节点共同维护、无需服务器的目录。发布功能需要它。',
  },
  usesLsd: {
    label: '在本地网络寻找节点',
    hint: 'Shoal 在本地网络中询问谁有相同的分享。',
  },
  usesPex: {
    label: '与节点交换地址 (PEX)',
    hint: '已连接的节点互相告知更多节点。',
  },
  encryption: {
    label: '加密连接',
    hint: '加密可隐藏连接属于 BitTorrent，但对知道该分享的人并不保密。更改适用于新连接。',
    options: {
      off: '关闭',
      allowed: '仅在节点要求时',
      preferred: '节点支持时',
      required: '始终加密，否则不连接',
    },
  },
  usesTcp: {
    label: '通过 TCP 交换数据',
    hint: '大多数节点都支持。TCP 会与其他流量争用线路。',
  },
  usesUtp: {
    label: '通过 uTP 交换数据',
    hint: 'uTP 只使用其他流量留下的带宽，并能连接 TCP 无法连接的节点。',
  },
  peerPort: {
    label: '节点端口',
    hint: '下次启动后，节点通过此端口连接 Shoal。留空则使用通常的端口。',
  },
  bannedAddresses: {
    label: '要避开的节点地址',
    hint: 'Shoal 不与这些地址通信。以逗号分隔。',
  },
  usesBlocklist: {
    label: '拒绝屏蔽列表中的地址',
    hint: 'Shoal 不与下方列表中的地址通信。',
  },
  blocklistUrl: {
    label: '列表地址',
    hint: 'Shoal 从这里获取列表，并每天重新读取。',
  },
  mayReachPrivate: {
    label: '允许订阅源和种子指向本地网络中的地址',
    hint: '关闭时，陌生人写下的地址无法指向你网络中的设备。',
  },
  downloadDir: {
    label: '下载文件夹',
    hint: '下载的文件放在这里。留空则使用启动时的文件夹。',
  },
  incompleteDir: {
    label: '未完成文件的文件夹',
    hint: '下载期间文件放在这里。留空则直接放在最终位置。',
  },
  doneDir: {
    label: '完成后移动到',
    hint: '完成的分享移到这里。留空则保持原位。',
  },
  watchDir: {
    label: '自动添加此处出现的种子文件',
    hint: 'Shoal 添加此处出现的每个种子文件。留空则不监视任何文件夹。',
  },
  removesWatched: {
    label: '之后删除这些种子文件',
    hint: '否则 Shoal 在文件名后加上“.added”。',
  },
  cacheSize: {
    label: '上传缓存 (MiB)',
    hint: 'Shoal 最多在内存中保留这么多数据以便再次发送。',
  },
  minFreeBytes: {
    label: '磁盘剩余低于此值时停止下载 (GiB)',
    hint: '有空间后 Shoal 会继续。留空则下载到磁盘写满为止。',
  },
  labels: {
    label: '标签',
    hint: '标签可以有自己的文件夹和限速。',
  },
  tags: {
    label: '其他可选标签，以逗号分隔',
    hint: '即使没有分享使用，页面和其他程序也会提供这些标签。',
  },
  feeds: {
    label: '订阅源',
    hint: 'Shoal 添加 RSS 或 Atom 订阅源中标题含有全部这些词的条目。词前加减号表示排除。',
  },
  feedMinutes: {
    label: '两次获取订阅源之间的分钟数',
    hint: '至少五分钟。每个订阅源按此间隔获取。',
  },
};

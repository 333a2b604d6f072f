"""node: objects, JSON, buffers, zlib, worker threads and a child process."""

from trial import require

SCRIPT = r"""
'use strict';
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const zlib = require('zlib');
const crypto = require('crypto');
const { execFileSync } = require('child_process');

function load(count, salt) {
  const hash = crypto.createHash('sha256');
  let rows = [];
  for (let i = 0; i < count; i++) {
    rows.push({ id: i, name: `row-${(i * 7919 + salt) % 10007}`, tags: [i % 3, i % 5, String(i)] });
    if (rows.length === 500) {
      const text = JSON.stringify(rows);
      const packed = zlib.deflateSync(Buffer.from(text));
      const again = JSON.parse(zlib.inflateSync(packed).toString());
      hash.update(JSON.stringify(again));
      hash.update(Buffer.alloc(1 + (i * 31) % 200000, i % 256));
      rows = [];
    }
  }
  return hash.digest('hex');
}

if (!isMainThread) {
  parentPort.postMessage(load(workerData.count, workerData.salt));
} else {
  const count = Number(process.argv[2]);
  const workers = [1, 2, 3].map((salt) => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { count, salt } });
    worker.on('message', resolve);
    worker.on('error', reject);
  }));
  console.log('main', load(count, 0));
  Promise.all(workers).then((hashes) => {
    console.log(hashes.join('\n'));
    console.log(execFileSync('/bin/echo', ['from a child']).toString());
    process.exit(4);
  });
}
"""


def run(trial, count):
    script = trial.folder / "load.js"
    script.write_text(SCRIPT)
    result = trial.compare(["node", script, count], seconds=300)
    require(result.status == 4 and result.err == "", str(result))


def smoke(trial):
    run(trial, 5_000)


def full(trial):
    run(trial, 150_000)

// Sends a file by tus-js-client: node send.cjs <file> <address> <cookie> <origin> [<upload>]. It prints the upload's
// address when it is known, how many bytes are there when that grows, and "done".
const fs = require('node:fs')
const tus = require('tus-js-client')

const [file, endpoint, cookie, origin, uploadUrl] = process.argv.slice(2)
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint,
  uploadUrl,
  uploadSize: fs.statSync(file).size,
  chunkSize: 4 * 1024 * 1024,
  headers: { Cookie: cookie, Origin: origin },
  metadata: { filename: 'weights/model.bin' },
  retryDelays: [],
  onUploadUrlAvailable: () => console.log(`at ${upload.url}`),
  onChunkComplete: (_size, accepted) => console.log(`has ${accepted}`),
  onSuccess: () => console.log('done'),
  onError: (error) => {
    console.error(String(error))
    process.exit(1)
  },
})
upload.start()

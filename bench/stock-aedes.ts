/** A broker on Aedes as it comes, in a process of its own: `node bench/stock-aedes.ts PORT`. Prints a line when it listens. */
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const port = Number(process.argv[2]);
const broker = await Aedes.createBroker();
const server = createServer({ noDelay: true }, broker.handle);
server.listen(port, '127.0.0.1', () => console.log('listening'));

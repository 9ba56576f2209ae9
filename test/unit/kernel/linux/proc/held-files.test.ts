import { servedDevices } from '../../../../../src/kernel/linux/proc/held-files.js';

const MOUNTS = `22 27 0:20 / /sys rw,nosuid - sysfs sysfs rw
27 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 27 0:45 / /home/me/.remote rw,nosuid shared:9 master:3 - fuse.sshfs me@host: rw,user_id=0
41 27 0:46 / /served rw - fuse served rw,user_id=0
42 27 8:17 / /media/stick rw - fuseblk /dev/sdb1 rw
43 22 0:47 / /sys/fs/fuse/connections rw - fusectl fusectl rw
45 27 0:49 / /home/you rw - nfs4 server:/home rw,vers=4.2
46 27 0:50 / /exports rw - nfsd nfsd rw
44 27 0:48 / /a\\040-\\040fuse rw - tmpfs fuse rw
`;

describe('the file systems that somebody serves among all mounts', () => {
  it('are known by their type alone', () => {
    expect([...servedDevices(MOUNTS)]).toEqual(['0:45', '0:46', '8:17', '0:49']);
  });

  it('are none where nothing can be read', () => {
    expect(servedDevices('').size).toBe(0);
    expect(servedDevices('\n - fuse \n').size).toBe(0);
  });
});

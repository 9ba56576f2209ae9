import { fuseDevices } from '../../../../../src/kernel/linux/proc/held-files.js';

const MOUNTS = `22 27 0:20 / /sys rw,nosuid - sysfs sysfs rw
27 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 27 0:45 / /home/me/.remote rw,nosuid shared:9 master:3 - fuse.sshfs me@host: rw,user_id=0
41 27 0:46 / /served rw - fuse served rw,user_id=0
42 27 8:17 / /media/stick rw - fuseblk /dev/sdb1 rw
43 22 0:47 / /sys/fs/fuse/connections rw - fusectl fusectl rw
44 27 0:48 / /a\\040-\\040fuse rw - tmpfs fuse rw
`;

describe('the file systems in user space among all mounts', () => {
  it('are known by their type alone', () => {
    expect([...fuseDevices(MOUNTS)]).toEqual(['0:45', '0:46', '8:17']);
  });

  it('are none where nothing can be read', () => {
    expect(fuseDevices('').size).toBe(0);
    expect(fuseDevices('\n - fuse \n').size).toBe(0);
  });
});

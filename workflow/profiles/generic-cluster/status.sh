#!/bin/sh
# success, failed or running: the state of the Slurm job $1.
if ! queue=$(squeue --me --states=all --noheader --format='%A %T'); then
    # the scheduler does not answer just now
    echo running
    exit
fi
case $(echo "$queue" | sed -n "s/^$1 //p") in
    # Slurm forgets jobs some minutes after their end; Snakemake then sees from the files whether all went well
    COMPLETED | '') echo success ;;
    BOOT_FAIL | CANCELLED | DEADLINE | FAILED | OUT_OF_MEMORY | PREEMPTED | REVOKED | TIMEOUT) echo failed ;;
    # NODE_FAIL too, before the job is back in the queue
    *) echo running ;;
esac

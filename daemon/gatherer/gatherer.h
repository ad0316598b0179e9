/*
 * gatherer - the process that has the network and no files: it polls feeds,
 * parses and classifies, and hands whole polls to the desk.
 */
#ifndef GATHERER_GATHERER_H
#define GATHERER_GATHERER_H

/*
 * Run on `link_fd`, the socket to the desk (frames of pipeline/poll.h), until
 * the desk closes it. Returns the exit code.
 */
int gatherer_main(int link_fd);

#endif

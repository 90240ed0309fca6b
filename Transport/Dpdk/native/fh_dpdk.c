/*
 * The part of the DPDK transport that must be C: DPDK's receive path is inline functions over structures whose layout
 * differs by release. A poll frees the buffers of the poll before, takes a burst and describes each frame in place; nothing
 * is copied or allocated. Errors are negative errno values. Frame layout: FeedHandler.Transport.Frame.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_version.h>

#define EXPORT __attribute__((visibility("default")))
#define BURST 64
#define LINK_ETHERNET 1
#define CACHE_MBUFS 256

struct frame {
    void *data;
    int32_t length, link;
    uint32_t destination, source;
    uint16_t port;
    int64_t time_ns;
};

struct queue {
    uint16_t port, index;
    uint16_t held_count;
    int stamp_offset; /* -1: no hardware time stamps */
    uint64_t stamp_flag;
    uint64_t cut; /* frames of several segments that did not fit in one */
    struct rte_mbuf *held[BURST];
};

struct port_options {
    uint16_t rx_queues, rx_descriptors;
    uint8_t promiscuous, hardware_time;
    uint32_t mbufs, mbuf_bytes;
};

struct port_info {
    uint16_t tx_queues, rx_queues_max;
    int32_t socket, stamp_offset;
    uint64_t stamp_flag;
    struct rte_mempool *pool;
    char driver[32];
};

struct port_stats { uint64_t packets, bytes, missed, errors, no_mbuf, queues[RTE_ETHDEV_QUEUE_STAT_CNTRS]; };

_Static_assert(RTE_ETHDEV_QUEUE_STAT_CNTRS == 16, "DpdkShim.PortStatistics has 16 queues");

EXPORT int fh_frame_bytes(void) { return sizeof(struct frame); }

EXPORT const char *fh_version(void) { return rte_version(); }

/* Once in a process. The log goes to a descriptor, which is ours from now on. */
EXPORT int fh_init(int argc, char **argv, int log_fd)
{
    FILE *log = fdopen(log_fd, "w");
    if (log != NULL) {
        setvbuf(log, NULL, _IOLBF, 0);
        rte_openlog_stream(log);
    }
    rte_errno = 0;
    if (rte_eal_init(argc, argv) >= 0)
        return 0;
    return rte_errno != 0 ? -rte_errno : -EIO; /* a lock that is taken leaves no number */
}

EXPORT int fh_plug(const char *bus, const char *name, const char *arguments) { return rte_eal_hotplug_add(bus, name, arguments); }

EXPORT int fh_unplug(const char *bus, const char *name) { return rte_eal_hotplug_remove(bus, name); }

EXPORT int fh_find_port(const char *name)
{
    uint16_t port;
    int error = rte_eth_dev_get_port_by_name(name, &port);
    return error ? error : port;
}

static int find_time_stamps(struct port_info *info)
{
    int flag = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, NULL);
    info->stamp_offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, NULL);
    info->stamp_flag = RTE_BIT64(flag);
    return flag < 0 || info->stamp_offset < 0 ? -ENOTSUP : 0;
}

static int set_up_queues(int port, const struct port_options *options, struct port_info *info, const struct rte_eth_dev_info *device)
{
    uint16_t rx = options->rx_descriptors, tx = 512;
    int error = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);
    if (error != 0)
        return error;
    for (uint16_t q = 0; q < options->rx_queues && error == 0; q++)
        error = rte_eth_rx_queue_setup(port, q, rx, info->socket, NULL, info->pool);
    for (uint16_t q = 0; q < info->tx_queues && error == 0; q++)
        error = rte_eth_tx_queue_setup(port, q, tx, info->socket, &device->default_txconf);
    return error;
}

EXPORT int fh_start(int port, const struct port_options *options, struct port_info *info)
{
    struct rte_eth_conf conf;
    struct rte_eth_dev_info device;
    char name[RTE_MEMPOOL_NAMESIZE];
    int error = rte_eth_dev_info_get(port, &device);

    memset(info, 0, sizeof *info);
    memset(&conf, 0, sizeof conf);
    info->stamp_offset = -1;
    if (error != 0)
        return error;
    snprintf(info->driver, sizeof info->driver, "%s", device.driver_name);
    info->rx_queues_max = device.max_rx_queues;
    info->tx_queues = device.max_tx_queues > 0 ? 1 : 0;
    if (options->rx_queues > device.max_rx_queues)
        return -ERANGE;
    if (options->hardware_time) {
        if ((device.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP) == 0)
            return -ENOTSUP;
        conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
    }
    if (options->rx_queues > 1) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = device.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
    }
    error = rte_eth_dev_configure(port, options->rx_queues, info->tx_queues, &conf);
    if (error != 0)
        return error;

    info->socket = rte_eth_dev_socket_id(port);
    snprintf(name, sizeof name, "fh_%d", port);
    info->pool = rte_pktmbuf_pool_create(name, options->mbufs, CACHE_MBUFS, 0, options->mbuf_bytes + RTE_PKTMBUF_HEADROOM, info->socket);
    if (info->pool == NULL)
        return rte_errno != 0 ? -rte_errno : -ENOMEM;
    error = set_up_queues(port, options, info, &device);
    if (error == 0)
        error = rte_eth_dev_start(port);
    if (error != 0)
        return error;

    /* Not every device has the modes; those that do not have them get every frame anyway. */
    if (options->promiscuous)
        rte_eth_promiscuous_enable(port);
    rte_eth_allmulticast_enable(port);
    return options->hardware_time ? find_time_stamps(info) : 0;
}

/* Buffers that are not in their pool, ever to be 0 after the port was closed. */
EXPORT int fh_in_use(struct rte_mempool *pool) { return pool == NULL ? 0 : (int)rte_mempool_in_use_count(pool); }

EXPORT int fh_stop(int port)
{
    int stopped = rte_eth_dev_stop(port), closed = rte_eth_dev_close(port);
    return stopped != 0 ? stopped : closed;
}

EXPORT void fh_free_pool(struct rte_mempool *pool) { rte_mempool_free(pool); }

EXPORT struct queue *fh_open_queue(int port, int index, const struct port_info *info)
{
    struct queue *queue = rte_zmalloc("fh_queue", sizeof *queue, RTE_CACHE_LINE_SIZE);
    if (queue != NULL) {
        queue->port = port;
        queue->index = index;
        queue->stamp_offset = info->stamp_offset;
        queue->stamp_flag = info->stamp_flag;
    }
    return queue;
}

static void give_back(struct queue *queue)
{
    if (queue->held_count == 0)
        return;
    rte_pktmbuf_free_bulk(queue->held, queue->held_count);
    queue->held_count = 0;
}

EXPORT void fh_close_queue(struct queue *queue)
{
    give_back(queue);
    rte_free(queue);
}

EXPORT uint64_t fh_cut(const struct queue *queue) { return queue->cut; }

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

EXPORT int fh_poll(struct queue *queue, struct frame *frames, int capacity)
{
    give_back(queue);
    uint16_t count = rte_eth_rx_burst(queue->port, queue->index, queue->held, capacity < BURST ? capacity : BURST);
    if (count == 0)
        return 0;
    queue->held_count = count;
    int64_t now = now_ns();
    for (uint16_t i = 0; i < count; i++) {
        struct rte_mbuf *mbuf = queue->held[i];
        if (mbuf->nb_segs != 1 && rte_pktmbuf_linearize(mbuf) != 0)
            queue->cut++; /* what there is of it counts as truncated */
        frames[i].data = rte_pktmbuf_mtod(mbuf, void *);
        rte_prefetch0(frames[i].data);
        rte_prefetch0((char *)frames[i].data + RTE_CACHE_LINE_SIZE);
        frames[i].length = rte_pktmbuf_data_len(mbuf);
        frames[i].link = LINK_ETHERNET;
        frames[i].time_ns = queue->stamp_offset >= 0 && (mbuf->ol_flags & queue->stamp_flag)
            ? (int64_t)*RTE_MBUF_DYNFIELD(mbuf, queue->stamp_offset, rte_mbuf_timestamp_t *) : now;
    }
    return count;
}

/* Copies frames into the first transmit queue; for the rings and pipes of tests and benchmarks. Returns how many it took. */
EXPORT int fh_send(int port, struct rte_mempool *pool, void *const *data, const int32_t *lengths, int count)
{
    struct rte_mbuf *mbufs[BURST];
    int made = 0;
    for (; made < count && made < BURST; made++) {
        char *to = (mbufs[made] = rte_pktmbuf_alloc(pool)) == NULL ? NULL : rte_pktmbuf_append(mbufs[made], lengths[made]);
        if (to == NULL) {
            rte_pktmbuf_free(mbufs[made]);
            break;
        }
        memcpy(to, data[made], lengths[made]);
    }
    int sent = rte_eth_tx_burst(port, 0, mbufs, made);
    rte_pktmbuf_free_bulk(mbufs + sent, made - sent);
    return sent;
}

EXPORT int fh_stats(int port, struct port_stats *to)
{
    struct rte_eth_stats stats;
    int error = rte_eth_stats_get(port, &stats);
    if (error == 0) {
        *to = (struct port_stats){ stats.ipackets, stats.ibytes, stats.imissed, stats.ierrors, stats.rx_nombuf, { 0 } };
        memcpy(to->queues, stats.q_ipackets, sizeof to->queues);
    }
    return error;
}

/* Speed in Mbit/s; 0 while the link is down. */
EXPORT int fh_link(int port)
{
    struct rte_eth_link link;
    if (rte_eth_link_get_nowait(port, &link) != 0 || link.link_status != RTE_ETH_LINK_UP)
        return 0;
    return link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? INT32_MAX : (int)link.link_speed;
}

static pthread_key_t thread_key;
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;

static void leave(void *unused)
{
    (void)unused;
    rte_thread_unregister();
}

static void make_key(void) { pthread_key_create(&thread_key, leave); }

/* Gives the thread a cache of each pool; it ends with the thread. */
EXPORT int fh_register_thread(void)
{
    pthread_once(&thread_once, make_key);
    if (rte_lcore_id() != LCORE_ID_ANY)
        return 0;
    if (rte_thread_register() != 0)
        return -rte_errno;
    pthread_setspecific(thread_key, &thread_key);
    return 0;
}

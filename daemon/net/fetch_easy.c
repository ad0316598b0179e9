/* fetch_easy.c - how libcurl is set up for one hop, what its results mean. */
#include "net/fetch_easy.h"

#include <string.h>

#include "base/macros.h"
#include "net/fetch.h"

#define LOW_SPEED_BYTES_S 64L
#define BUFFER_BYTES (64L * 1024)

/* The codings that this libcurl can undo, of those worth asking for. */
static const char *
accepted_codings(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	bool br = v->features & CURL_VERSION_BROTLI;
	bool zstd = v->features & CURL_VERSION_ZSTD;

	if (br && zstd)
		return "gzip, br, zstd";
	if (br)
		return "gzip, br";
	return zstd ? "gzip, zstd" : "gzip";
}

void
fetch_easy_limits(CURL *easy, const struct fetcher_params *p)
{
	/* 26 protocols are compiled in; two are wanted. */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* fetch.c does */
	/* http_proxy in the environment would pass the guard by. */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(
	    easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(
	    easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (p->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, p->ca_file);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, accepted_codings());
	curl_easy_setopt(easy, CURLOPT_USERAGENT, p->user_agent);
	curl_easy_setopt(
	    easy, CURLOPT_CONNECTTIMEOUT_MS, (long)p->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES_S);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)p->low_speed_s);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
}

static const struct {
	CURLcode rc;
	struct fetch_meaning m;
} meanings[] = {
	/* A URL of another scheme never gets so far: this is HTTP/0.9. */
	{ CURLE_UNSUPPORTED_PROTOCOL,
	    { POLL_PROTOCOL, "the answer is no HTTP" } },
	{ CURLE_URL_MALFORMAT, { POLL_BAD_URL, "the URL cannot be read" } },
	{ CURLE_COULDNT_RESOLVE_HOST,
	    { POLL_DNS, "the host name has no address" } },
	{ CURLE_COULDNT_CONNECT,
	    { POLL_CONNECT, "the host does not accept the connection" } },
	{ CURLE_OPERATION_TIMEDOUT,
	    { POLL_TIMEOUT, "the server was too slow" } },
	{ CURLE_SSL_CONNECT_ERROR, { POLL_TLS, "the TLS handshake failed" } },
	{ CURLE_PEER_FAILED_VERIFICATION,
	    { POLL_TLS, "the server's certificate is not valid" } },
	{ CURLE_SSL_ISSUER_ERROR,
	    { POLL_TLS, "the server's certificate is not valid" } },
	{ CURLE_SSL_CACERT_BADFILE,
	    { POLL_TLS, "the store of CA certificates cannot be read" } },
	{ CURLE_SSL_CIPHER, { POLL_TLS, "no TLS cipher in common" } },
	{ CURLE_SSL_ENGINE_INITFAILED, { POLL_TLS, "TLS does not start" } },
	{ CURLE_PARTIAL_FILE, { POLL_PROTOCOL, "the body was cut short" } },
	{ CURLE_GOT_NOTHING, { POLL_PROTOCOL, "the server sent nothing" } },
	{ CURLE_SEND_ERROR,
	    { POLL_CONNECT, "the connection broke while asking" } },
	{ CURLE_RECV_ERROR,
	    { POLL_PROTOCOL, "the connection broke, or its framing did" } },
	{ CURLE_WEIRD_SERVER_REPLY,
	    { POLL_PROTOCOL, "the answer is no HTTP" } },
	/* Our callbacks have their own word for it: this is a decoder. */
	{ CURLE_WRITE_ERROR,
	    { POLL_PROTOCOL, "the body is not in its Content-Encoding" } },
	{ CURLE_BAD_CONTENT_ENCODING,
	    { POLL_PROTOCOL, "the body is not in its Content-Encoding" } },
	{ CURLE_HTTP2, { POLL_PROTOCOL, "broken HTTP/2 framing" } },
	{ CURLE_HTTP2_STREAM, { POLL_PROTOCOL, "broken HTTP/2 stream" } },
	/* So 7.88 calls a header line of over 100 KiB. */
	{ CURLE_OUT_OF_MEMORY, { POLL_PROTOCOL, "a header line is too long" } },
};

const struct fetch_meaning *
fetch_easy_meaning(CURLcode rc)
{
	static const struct fetch_meaning other = { POLL_PROTOCOL,
		"the transfer failed" };

	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].rc == rc)
			return &meanings[i].m;
	return &other;
}

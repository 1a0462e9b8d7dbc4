/* SPDX-License-Identifier: MIT
 * hail: says hello to the echo of the installed host through the installed client library. */
#include <berth/client.h>
#include <stdio.h>

int main(void) {
    berth_client_error error;
    berth_client_message message;
    berth_client_connection* connection = berth_client_connect("127.0.0.1", 7681, "/echo", NULL, &error);
    if (!connection) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    if (berth_client_write_text(connection, "ahoy", 4, BERTH_CLIENT_FOREVER) != BERTH_CLIENT_OK ||
        berth_client_read(connection, &message, BERTH_CLIENT_FOREVER) != BERTH_CLIENT_OK) {
        fprintf(stderr, "no answer\n");
        return 1;
    }
    printf("%.*s\n", (int)message.size, (const char*)message.data);
    berth_client_message_free(&message);
    berth_client_release(connection);
    return 0;
}

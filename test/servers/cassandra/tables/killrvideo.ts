/**
 * Tables of KillrVideo, the sample application of Cassandra's community, as published (github.com/KillrVideo/killrvideo-data,
 * schema-v5.cql, Apache-2.0), without masks and indexes; the encoding of a video is the type that the courses on it add.
 */
export const KILLRVIDEO = [
  `CREATE TABLE users (
    userid uuid PRIMARY KEY,
    created_date timestamp,
    email text,
    firstname text,
    lastname text,
    account_status text,
    last_login_date timestamp
  )`,
  "CREATE TYPE video_encoding (bit_rates set<text>, encoding text, height int, width int)",
  `CREATE TABLE videos (
    videoid uuid PRIMARY KEY,
    added_date timestamp,
    description text,
    location text,
    location_type int,
    name text,
    preview_image_location text,
    tags set<text>,
    content_features vector<float, 4>,
    userid uuid,
    content_rating text,
    category text,
    language text,
    encoding frozen<video_encoding>
  )`,
  `CREATE TABLE comments (
    videoid uuid,
    commentid timeuuid,
    comment text,
    userid uuid,
    sentiment_score float,
    PRIMARY KEY (videoid, commentid)
  ) WITH CLUSTERING ORDER BY (commentid DESC)`,
  `CREATE TABLE video_ratings (
    videoid uuid PRIMARY KEY,
    rating_counter counter,
    rating_total counter
  )`,
  `CREATE TABLE user_preferences (
    userid uuid PRIMARY KEY,
    preference_vector vector<float, 4>,
    tag_preferences map<text, float>,
    category_preferences map<text, float>,
    last_updated timestamp
  )`,
];
